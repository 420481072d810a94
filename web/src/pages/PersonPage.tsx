import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useUser, type Schemas } from '../api/queries'
import { useIsAdministrator } from '../app/session'
import { LinkButton } from '../parts/LinkButton'
import { StateMark, Tag } from '../parts/Marks'
import { Facts, Page, Section } from '../parts/Page'
import { Answer } from '../parts/States'
import { text } from '../text'
import { ActiveNow, History, OpenedBy, StandingHere } from './things/parts'
import { RevokeDialog } from './things/RevokeDialog'

const words = text.people

export default function PersonPage() {
  const { id = '' } = useParams()
  const user = useUser(id)
  if (user.data) return <Whole page={user.data} />
  return (
    <Page
      title={text.pages.people}
      above={
        <Link className="ag-link" to="/people">
          {text.pages.people}
        </Link>
      }
    >
      <Section>
        <Answer of={user}>{() => null}</Answer>
      </Section>
    </Page>
  )
}

function Whole({ page }: { page: Schemas['UserPage'] }) {
  const { user, groups } = page
  const [revoking, setRevoking] = useState(false)
  const isAdministrator = useIsAdministrator()
  return (
    <Page
      title={user.display_name}
      mark={user.enabled ? null : <StateMark state="ended" word={words.disabled} />}
      above={
        <Link className="ag-link" to="/people">
          {text.pages.people}
        </Link>
      }
      about={[user.user_name, user.email].filter((part) => part).join(' · ')}
      actions={
        <>
          <LinkButton to={`/insights?view=timeline&user=${encodeURIComponent(user.user_name)}`}>
            {text.insights.timeline}
          </LinkButton>
          {isAdministrator && page.active.total > 0 && (
            <Button onClick={() => setRevoking(true)}>{text.revoke.ofPerson}</Button>
          )}
        </>
      }
    >
      <Section>
        <Facts
          columns={3}
          items={[
            {
              label: words.groups,
              value:
                groups.length === 0 ? (
                  text.none
                ) : (
                  <span className="ag-row">
                    {groups.map((group) => (
                      <Tag key={group.id}>{group.name}</Tag>
                    ))}
                  </span>
                ),
            },
            { label: words.state, value: user.enabled ? words.enabled : words.disabled },
            { label: words.id, value: <span className="ag-mono">{user.id}</span> },
          ]}
        />
      </Section>
      <ActiveNow active={page.active} isOfPerson />
      <OpenedBy opened={page.opened_by} about={words.eligibleDetail} without="people" />
      <StandingHere standing={page.standing} query={`user=${encodeURIComponent(user.user_name)}`} />
      <History recent={page.recent} />
      {revoking && (
        <RevokeDialog selector={{ user: user.id }} name={user.user_name} onClose={() => setRevoking(false)} />
      )}
    </Page>
  )
}
