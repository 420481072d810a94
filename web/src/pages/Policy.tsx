import { usePolicyChanges } from '../api/queries'
import { useIsAdministrator } from '../app/session'
import { Page } from '../parts/Page'
import { Views } from '../parts/Views'
import { useUrl } from '../parts/useUrl'
import { text } from '../text'
import { Changes } from './policy/Changes'
import { Explain } from './policy/Explain'
import { Plan } from './policy/Plan'
import { Read } from './policy/Read'
import './policy/policy.css'

const words = text.policy

export default function Policy() {
  const [view, setView] = useUrl('view', 'read')
  const isAdministrator = useIsAdministrator()
  const changes = usePolicyChanges()
  const open = changes.data?.items.filter((change) => change.state === 'open').length ?? 0
  const views = [
    { id: 'read', name: words.read },
    { id: 'explain', name: words.explain },
    ...(isAdministrator ? [{ id: 'plan', name: words.plan }] : []),
    ...(changes.data ? [{ id: 'changes', name: words.changes, ...(open > 0 ? { count: open } : {}) }] : []),
  ]
  return (
    <Page title={text.pages.policy} about={words.about}>
      <Views value={view} onChange={setView} label={text.pages.policy} views={views} />
      {view === 'read' && <Read />}
      {view === 'explain' && <Explain />}
      {view === 'plan' && <Plan />}
      {view === 'changes' && <Changes />}
    </Page>
  )
}
