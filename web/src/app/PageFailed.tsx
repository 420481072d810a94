import Button from '@cloudscape-design/components/button'
import { useRouteError } from 'react-router'
import { LinkButton } from '../parts/LinkButton'
import { Page } from '../parts/Page'
import { Notice } from '../parts/States'
import { text } from '../text'

/** A page that broke, or whose piece of script could not be fetched (the server was updated meanwhile). */
export function PageFailed() {
  const error = useRouteError()
  return (
    <Page title={text.broken.title} width="reading">
      <Notice
        glyph="alert"
        tone="bad"
        title={text.broken.what}
        action={<Button onClick={() => location.reload()}>{text.broken.reload}</Button>}
      >
        {error instanceof Error ? error.message : null}
      </Notice>
    </Page>
  )
}

export function PageMissing() {
  return (
    <Page title={text.broken.missing} width="reading">
      <Notice glyph="search" title={text.broken.noPage} action={<LinkButton to="/">{text.pages.access}</LinkButton>}>
        {text.broken.noPageDetail}
      </Notice>
    </Page>
  )
}
