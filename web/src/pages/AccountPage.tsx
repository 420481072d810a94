import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useAccount, type Schemas } from '../api/queries'
import { useIsAdministrator } from '../app/session'
import { LinkButton } from '../parts/LinkButton'
import { StateMark, Tag } from '../parts/Marks'
import { Facts, Page, Section } from '../parts/Page'
import { Answer } from '../parts/States'
import { text } from '../text'
import { ActiveNow, History, OpenedBy, StandingHere } from './things/parts'
import { RevokeDialog } from './things/RevokeDialog'

const words = text.accounts

export default function AccountPage() {
  const { id = '' } = useParams()
  const account = useAccount(id)
  if (account.data) return <Whole page={account.data} />
  return (
    <Page
      title={id}
      above={
        <Link className="ag-link" to="/accounts">
          {text.pages.accounts}
        </Link>
      }
    >
      <Section>
        <Answer of={account}>{() => null}</Answer>
      </Section>
    </Page>
  )
}

function Whole({ page }: { page: Schemas['AccountPage'] }) {
  const { account } = page
  const [revoking, setRevoking] = useState(false)
  const isAdministrator = useIsAdministrator()
  return (
    <Page
      title={account.name}
      mark={account.state === 'ACTIVE' ? null : <StateMark state="warn" word={account.state.toLowerCase()} />}
      above={
        <Link className="ag-link" to="/accounts">
          {text.pages.accounts}
        </Link>
      }
      about={
        <>
          {account.path} · <span className="ag-mono">{account.id}</span>
        </>
      }
      actions={
        <>
          {isAdministrator && page.active.total > 0 && (
            <Button onClick={() => setRevoking(true)}>{text.revoke.here}</Button>
          )}
          <LinkButton variant="primary" to={`/ask?account=${encodeURIComponent(account.name)}`}>
            {text.pages.ask}
          </LinkButton>
        </>
      }
    >
      <Section>
        <Facts
          columns={3}
          items={[
            { label: words.email, value: account.email },
            { label: words.state, value: account.state.toLowerCase() },
            {
              label: words.tags,
              value:
                account.tags.length === 0 ? (
                  text.none
                ) : (
                  <span className="ag-row">
                    {account.tags.map((tag) => (
                      <Tag key={tag.key}>{`${tag.key}: ${tag.value}`}</Tag>
                    ))}
                  </span>
                ),
            },
          ]}
        />
      </Section>
      <ActiveNow active={page.active} />
      <OpenedBy opened={page.opened_by} about={words.eligibleDetail} without="accounts" />
      <StandingHere standing={page.standing} query={`account=${encodeURIComponent(account.name)}`} />
      <History recent={page.recent} />
      {revoking && (
        <RevokeDialog selector={{ account: account.id }} name={account.name} onClose={() => setRevoking(false)} />
      )}
    </Page>
  )
}
