import { useIsAdministrator } from '../app/session'
import { Page } from '../parts/Page'
import { Views } from '../parts/Views'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'
import { AccessTimeline } from './insights/AccessTimeline'
import { FlowView } from './insights/FlowView'
import { WhoHasAccess } from './insights/WhoHasAccess'
import './insights/insights.css'

const words = text.insights

export default function Insights() {
  const [view, setView] = useUrl('view', 'timeline')
  const isAdministrator = useIsAdministrator()
  return (
    <Page title={text.pages.insights} about={isAdministrator ? words.about : words.aboutOwn}>
      <Views
        value={view}
        onChange={setView}
        label={text.pages.insights}
        views={[
          { id: 'timeline', name: words.timeline },
          { id: 'access', name: words.access },
          { id: 'flow', name: words.flow },
        ]}
      />
      {view === 'timeline' && <AccessTimeline />}
      {view === 'access' && <WhoHasAccess />}
      {view === 'flow' && <FlowView />}
    </Page>
  )
}
