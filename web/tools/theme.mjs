// Writes src/theme/generated.css: our colours, once as Cloudscape's tokens and once as our own variables.
//
// Made when building and not in the browser: Cloudscape's applyTheme() costs 94 KB of script and writes a <style>
// element, which the strict content security policy refuses.
import { mkdirSync, writeFileSync } from 'node:fs'
import { build } from 'vite'
import { palette } from './palette.mjs'

// Cloudscape writes its modules for bundlers: node cannot import them as they are.
async function cloudscapeTheming() {
  const outDir = 'node_modules/.cache/theming'
  await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: 'tools/theming-entry.mjs', outDir, emptyOutDir: true },
    ssr: { noExternal: true },
  })
  return import(`../${outDir}/theming-entry.js`)
}
const { generateThemeStylesheet } = await cloudscapeTheming()

const both = (name) => ({ light: palette.light[name], dark: palette.dark[name] })
const same =
  (...names) =>
  (color) =>
    Object.fromEntries(names.map((name) => [name, both(color)]))

const tokens = {
  fontFamilyBase: "'Inter Variable', 'Segoe UI', system-ui, sans-serif",
  fontFamilyHeading: "'Inter Variable', 'Segoe UI', system-ui, sans-serif",
  fontFamilyDisplay: "'Inter Variable', 'Segoe UI', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  fontWeightHeadingXl: '650',
  fontWeightHeadingL: '650',
  fontWeightHeadingM: '650',
  fontWeightHeadingS: '650',
  fontWeightButton: '600',
  borderRadiusButton: '8px',
  borderRadiusInput: '8px',
  borderRadiusContainer: '12px',
  borderRadiusAlert: '10px',
  borderRadiusFlashbar: '10px',
  borderRadiusDropdown: '10px',
  borderRadiusItem: '6px',
  borderRadiusPopover: '10px',
  borderRadiusToken: '6px',
  borderRadiusTiles: '10px',
  borderRadiusDialog: '14px',
  borderWidthButton: '1px',
  borderWidthField: '1px',
  spaceButtonHorizontal: '14px',
  ...same('colorBackgroundLayoutMain')('ground'),
  ...same(
    'colorBackgroundContainerContent',
    'colorBackgroundContainerHeader',
    'colorBackgroundCard',
    'colorBackgroundDialog',
    'colorBackgroundButtonNormalDefault',
    'colorBackgroundInputDefault',
    'colorBackgroundControlDefault',
    'colorBackgroundTilesDisabled',
    'colorBackgroundSegmentDefault',
  )('panel'),
  ...same('colorBackgroundDropdownItemDefault', 'colorBackgroundPopover')('raised'),
  ...same(
    'colorBackgroundDropdownItemHover',
    'colorBackgroundButtonNormalHover',
    'colorBackgroundButtonLinkHover',
    'colorBackgroundCellShaded',
    'colorBackgroundButtonNormalDisabled',
    'colorBackgroundButtonPrimaryDisabled',
    'colorBackgroundCodeView',
    'colorBackgroundInputDisabled',
    'colorBackgroundSegmentHover',
  )('quiet'),
  ...same('colorBackgroundButtonNormalActive', 'colorBackgroundButtonLinkActive')('line'),
  ...same(
    'colorTextBodyDefault',
    'colorTextHeadingDefault',
    'colorTextFormDefault',
    'colorTextKeyValuePairsValue',
    'colorTextDropdownItemDefault',
    'colorTextDropdownItemHighlighted',
    'colorTextButtonNormalDefault',
    'colorTextButtonNormalHover',
    'colorTextButtonNormalActive',
    'colorTextFormLabel',
    'colorTextBreadcrumbCurrent',
    'colorTextSegmentDefault',
    'colorTextExpandableSectionDefault',
    'colorTextLabel',
  )('ink'),
  ...same(
    'colorTextBodySecondary',
    'colorTextHeadingSecondary',
    'colorTextFormSecondary',
    'colorTextEmpty',
    'colorTextCounter',
    'colorTextDropdownItemSecondary',
    'colorTextGroupLabel',
    'colorTextInputPlaceholder',
    'colorTextIconSubtle',
    'colorTextStatusInactive',
    'colorTextButtonNormalDisabled',
    'colorTextButtonPrimaryDisabled',
  )('soft'),
  ...same(
    'colorBorderDividerDefault',
    'colorBorderDividerSecondary',
    'colorBorderContainerTop',
    'colorBorderCard',
    'colorBorderDropdownContainer',
    'colorBorderPopover',
    'colorBorderLayout',
    'colorBorderButtonNormalDisabled',
    'colorBorderButtonPrimaryDisabled',
  )('line'),
  ...same(
    'colorBorderInputDefault',
    'colorBorderControlDefault',
    'colorBorderButtonNormalDefault',
    'colorBorderSegmentDefault',
    'colorBorderSegmentWrapper',
    'colorBorderSegmentDivider',
  )('edge'),
  ...same('colorBorderButtonNormalHover', 'colorBorderButtonNormalActive')('soft'),
  ...same(
    'colorTextAccent',
    'colorTextLinkDefault',
    'colorTextLinkSecondaryDefault',
    'colorTextLinkInfoDefault',
    'colorTextInteractiveActive',
    'colorTextLinkButtonNormalDefault',
    'colorTextButtonLinkDefault',
    'colorTextButtonInlineIconDefault',
    'colorBorderInputFocused',
    'colorBorderItemFocused',
    'colorBorderDropdownItemFocused',
    'colorBorderItemSelected',
    'colorItemSelected',
    'colorBackgroundControlChecked',
    'colorBackgroundButtonPrimaryDefault',
    'colorBorderButtonPrimaryDefault',
    'colorBackgroundSegmentActive',
    'colorBorderSegmentActive',
    'colorBackgroundProgressBarValueDefault',
    'colorBackgroundSliderRangeDefault',
    'colorBackgroundSliderHandleDefault',
    'colorTextSegmentHover',
    'colorTextDropdownItemFilterMatch',
    'colorTextCalendarDateSelected',
  )('accent'),
  ...same(
    'colorBackgroundButtonPrimaryHover',
    'colorBackgroundButtonPrimaryActive',
    'colorBorderButtonPrimaryHover',
    'colorBorderButtonPrimaryActive',
    'colorTextLinkHover',
    'colorTextLinkSecondaryHover',
    'colorTextLinkInfoHover',
    'colorTextInteractiveHover',
    'colorTextLinkButtonNormalHover',
    'colorTextLinkButtonNormalActive',
    'colorTextButtonLinkHover',
    'colorTextButtonLinkActive',
    'colorTextButtonInlineIconHover',
    'colorTextExpandableSectionHover',
    'colorBackgroundSliderRangeActive',
    'colorBackgroundSliderHandleActive',
  )('accentStrong'),
  ...same(
    'colorTextButtonPrimaryDefault',
    'colorTextButtonPrimaryHover',
    'colorTextButtonPrimaryActive',
    'colorTextSegmentActive',
    'colorForegroundControlDefault',
  )('onAccent'),
  ...same(
    'colorBackgroundItemSelected',
    'colorBackgroundDropdownItemSelected',
    'colorBackgroundDropdownItemFilterMatch',
  )('accentSoft'),
  ...same('colorTextStatusSuccess', 'colorBorderStatusSuccess')('good'),
  ...same('colorTextStatusWarning', 'colorBorderStatusWarning')('warn'),
  ...same('colorTextStatusError', 'colorBorderStatusError')('bad'),
  ...same('colorTextStatusInfo', 'colorBorderStatusInfo')('info'),
  ...same('colorBackgroundStatusSuccess')('goodSoft'),
  ...same('colorBackgroundStatusWarning')('warnSoft'),
  ...same('colorBackgroundStatusError')('badSoft'),
  ...same('colorBackgroundStatusInfo')('infoSoft'),
}

const dashed = (name) => `--ag-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
const variables = (mode) =>
  Object.entries(palette[mode])
    .map(([name, value]) => `  ${dashed(name)}: ${value};`)
    .join('\n')

const css = `/* Made by tools/theme.mjs of tools/palette.mjs: change those. */
:root {
  color-scheme: light;
${variables('light')}
}
.awsui-dark-mode {
  color-scheme: dark;
${variables('dark')}
}
${generateThemeStylesheet({ theme: { tokens } })}
`
mkdirSync('src/theme', { recursive: true })
writeFileSync('src/theme/generated.css', css)
