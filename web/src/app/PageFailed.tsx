import Button from '@cloudscape-design/components/button'
import { useRouteError } from 'react-router'
import { LinkButton } from '../parts/LinkButton'
import { Page } from '../parts/Page'
import { Loading, Notice } from '../parts/States'
import { text } from '../text'

/** A page that broke, or whose piece of script could not be fetched (the server was updated meanwhile). */
export function PageFailed() {
  const error = useRouteError()
  const isUnfetched = error instanceof TypeError && /import|module|fetch|load/i.test(error.message)
  return (
    <Page title={isUnfetched ? text.broken.unfetched : text.broken.title} width="reading">
      <Notice
        glyph="alert"
        tone="bad"
        title={isUnfetched ? text.broken.unfetchedWhat : text.broken.what}
        action={<Button onClick={() => location.reload()}>{text.broken.reload}</Button>}
      >
        {isUnfetched ? text.broken.unfetchedDetail : error instanceof Error ? error.message : null}
      </Notice>
    </Page>
  )
}

export function PageComing() {
  return (
    <div className="ag-page">
      <Loading lines={6} />
    </div>
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
