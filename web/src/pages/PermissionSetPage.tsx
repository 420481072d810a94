import { Link, useParams } from 'react-router'
import { usePermissionSet, type Schemas } from '../api/queries'
import { lengthInWords } from '../look/time'
import { LinkButton } from '../parts/LinkButton'
import { LevelMark, Tag } from '../parts/Marks'
import { Facts, Page, Section } from '../parts/Page'
import { Answer } from '../parts/States'
import { text } from '../text'
import { ActiveNow, History, OpenedBy, StandingHere } from './things/parts'
import { ReallyAllows } from './things/ReallyAllows'

const words = text.permissionSets

export default function PermissionSetPage() {
  const { id = '' } = useParams()
  const set = usePermissionSet(id)
  if (set.data) return <Whole page={set.data} />
  return (
    <Page
      title={id}
      above={
        <Link className="ag-link" to="/permission-sets">
          {text.pages.permissionSets}
        </Link>
      }
    >
      <Section>
        <Answer of={set}>{() => null}</Answer>
      </Section>
    </Page>
  )
}

function Whole({ page }: { page: Schemas['PermissionSetPage'] }) {
  const set = page.permission_set
  return (
    <Page
      title={set.name}
      mark={
        <span className="ag-page__level">
          <LevelMark level={set.level} />
        </span>
      }
      above={
        <Link className="ag-link" to="/permission-sets">
          {text.pages.permissionSets}
        </Link>
      }
      about={set.description}
      actions={
        <LinkButton variant="primary" to={`/ask?set=${encodeURIComponent(set.name)}`}>
          {text.pages.ask}
        </LinkButton>
      }
    >
      <ReallyAllows id={set.name} level={set.level} levelReason={page.level_reason} />
      <Section>
        <Facts
          columns={3}
          items={[
            {
              label: words.session,
              value: (
                <>
                  {lengthInWords(set.session_duration_seconds)} <span className="ag-soft">{words.sessionDetail}</span>
                </>
              ),
            },
            { label: words.arn, value: <span className="ag-mono">{set.arn}</span> },
            {
              label: text.accounts.tags,
              value:
                set.tags && set.tags.length > 0 ? (
                  <span className="ag-row">
                    {set.tags.map((tag) => (
                      <Tag key={tag.key}>{`${tag.key}: ${tag.value}`}</Tag>
                    ))}
                  </span>
                ) : (
                  text.none
                ),
            },
          ]}
        />
      </Section>
      <ActiveNow active={page.active} />
      <OpenedBy opened={page.opened_by} about={words.eligibleDetail} without="sets" />
      <StandingHere standing={page.standing} query={`set=${encodeURIComponent(set.name)}`} />
      <History recent={page.recent} />
    </Page>
  )
}
