// Cloudscape's stylesheet carries Open Sans inside itself as data: URLs. The policy allows fonts from files only, and our
// pages are set in another face: what is inside is left out.
export function withoutInlineFonts() {
  return {
    name: 'accessguard-without-inline-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!/@cloudscape-design\/global-styles\/index\.css/.test(id)) return null
      const kept = code.replace(/@font-face\s*{[^}]*}/g, '')
      if (kept === code) throw new Error('no @font-face found in global-styles: this plugin has nothing to do any more')
      return { code: kept, map: null }
    },
  }
}
