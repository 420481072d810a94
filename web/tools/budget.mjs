// Fails the build when the first page has grown past its budget. The first page is what index.html names and the page
// "My access", with all that they import.
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const mostScript = 350 * 1024
const mostStyle = 110 * 1024
const dist = process.argv[2]
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))
// Only this needs it: what is left in dist goes into the program.
rmSync(join(dist, '.vite'), { recursive: true })

const chunks = new Set()
const styles = new Set()
function visit(name) {
  const chunk = manifest[name]
  if (!chunk || chunks.has(chunk.file)) return
  chunks.add(chunk.file)
  for (const style of chunk.css ?? []) styles.add(style)
  for (const imported of chunk.imports ?? []) visit(imported)
}
visit('index.html')
visit('src/pages/MyAccess.tsx')

const size = (file) => {
  try {
    return statSync(join(dist, `${file}.gz`)).size
  } catch {
    return statSync(join(dist, file)).size
  }
}
const sum = (files) => [...files].reduce((total, file) => total + size(file), 0)
const script = sum(chunks)
const style = sum(styles)
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`
console.log(`first page, gzip: script ${kib(script)} of ${kib(mostScript)}, style ${kib(style)} of ${kib(mostStyle)}`)
if (script > mostScript || style > mostStyle) {
  console.error('The first page is over its budget: move what it does not need behind a lazy import.')
  process.exit(1)
}
