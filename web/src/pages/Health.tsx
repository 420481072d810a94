import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import { useStatus } from '../api/queries'
import { useIsAdministrator } from '../app/session'
import { StateMark } from '../parts/Marks'
import { Moment } from '../parts/Moment'
import { Page, Section } from '../parts/Page'
import { Answer } from '../parts/States'
import { Told } from '../parts/Told'
import { text } from '../text'
import { FirstSteps } from './access/FirstSteps'
import { RevokeDialog } from './things/RevokeDialog'
import './access/access.css'
import './health.css'

const words = text.health

/** Is AWS answering, is everything ended that should be: what is wrong first. */
export default function Health() {
  const status = useStatus()
  const isAdministrator = useIsAdministrator()
  const [revoking, setRevoking] = useState(false)
  return (
    <Page
      title={text.pages.health}
      mark={status.data && <StateMark state={status.data.state} word={words.states[status.data.state]} />}
      about={
        status.data ? (
          <>
            {words.about} {words.lookedAt} <Moment at={status.data.at} as="ago" />
          </>
        ) : (
          words.about
        )
      }
      actions={
        <Button
          iconName="refresh"
          ariaLabel={words.again}
          loading={status.isFetching && !status.isPending}
          onClick={() => void status.refetch()}
        />
      }
    >
      <Answer of={status} lines={8} framed>
        {({ items }) => (
          <ul className="ag-health">
            {items.map((item) => (
              <li key={item.id} className={`ag-health__${item.state}`}>
                <StateMark state={item.state} />
                <div>
                  <strong>{item.summary}</strong>
                  <p>
                    <Told text={item.detail} />
                  </p>
                  {item.fix && <p className="ag-health__fix">{text.states.fix(item.fix)}</p>}
                </div>
              </li>
            ))}
          </ul>
        )}
      </Answer>
      {isAdministrator && <FirstSteps />}
      {isAdministrator && (
        <Section
          title={words.everything}
          about={words.everythingDetail}
          actions={<Button onClick={() => setRevoking(true)}>{words.revokeAll}</Button>}
        >
          {null}
        </Section>
      )}
      {revoking && <RevokeDialog selector={{ all: true }} name="everything" onClose={() => setRevoking(false)} />}
    </Page>
  )
}
