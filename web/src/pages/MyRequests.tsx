import { Link } from 'react-router'
import { useRequests, type Request } from '../api/queries'
import { lengthInWords } from '../look/time'
import { DataTable, type Column } from '../parts/DataTable'
import { LinkButton } from '../parts/LinkButton'
import { heightOf, LevelMark, RequestMark, Tag } from '../parts/Marks'
import { Moment } from '../parts/Moment'
import { accountsInWords, requestPath } from '../parts/Names'
import { Page, Section } from '../parts/Page'
import { Notice } from '../parts/States'
import { text } from '../text'

const words = text.requests

export default function MyRequests() {
  const requests = useRequests({ mine: true })
  return (
    <Page
      title={text.pages.requests}
      about={words.about}
      actions={
        <LinkButton variant="primary" iconName="add-plus" to="/ask">
          {text.pages.ask}
        </LinkButton>
      }
    >
      <Section>
        <DataTable
          id="my-requests"
          label={text.pages.requests}
          list={requests}
          columns={requestColumns}
          rowKey={(request) => request.id}
          empty={
            <Notice glyph="list" title={words.none} action={<LinkButton to="/ask">{text.pages.ask}</LinkButton>}>
              {words.noneDetail}
            </Notice>
          }
        />
      </Section>
    </Page>
  )
}

export const requestColumns: Column<Request>[] = [
  {
    id: 'accounts',
    header: words.what,
    value: (request) => request.accounts.map((account) => account.name).join(' '),
    cell: (request) => (
      <Link className="ag-link" to={requestPath(request.id)}>
        {accountsInWords(request.accounts)}
      </Link>
    ),
  },
  {
    id: 'set',
    header: words.set,
    value: (request) => request.permission_set.name,
    cell: (request) => request.permission_set.name,
    isChoice: true,
  },
  {
    id: 'state',
    header: words.state,
    value: (request) => request.state,
    isChoice: true,
    cell: (request) => (
      <span className="ag-row">
        <RequestMark request={request} />
        {request.break_glass && <Tag tone="bad">{text.pages.breakGlass}</Tag>}
      </span>
    ),
  },
  {
    id: 'length',
    header: words.length,
    value: (request) => request.duration_seconds,
    cell: (request) => lengthInWords(request.duration_seconds),
    width: 110,
  },
  { id: 'reason', header: words.reason, value: (request) => request.reason, cell: (request) => request.reason },
  {
    id: 'asked',
    header: words.asked,
    value: (request) => request.submitted_at,
    cell: (request) => <Moment at={request.submitted_at} as="both" />,
  },
  {
    id: 'who',
    header: words.who,
    value: (request) => request.requester.user_name,
    cell: (request) => request.requester.display_name,
    isHidden: true,
    isChoice: true,
  },
  {
    id: 'level',
    header: words.level,
    value: (request) => request.level,
    sortBy: (request) => heightOf(request.level),
    cell: (request) => <LevelMark level={request.level} />,
    isHidden: true,
    isChoice: true,
  },
  {
    id: 'rule',
    header: words.rule,
    value: (request) => [...new Set(request.accounts.map((account) => account.rule))].join(' '),
    cell: (request) => [...new Set(request.accounts.map((account) => account.rule))].join(', '),
    isHidden: true,
    isChoice: true,
  },
  {
    id: 'ticket',
    header: words.ticket,
    value: (request) => request.ticket,
    cell: (request) => request.ticket ?? text.none,
    isHidden: true,
  },
  {
    id: 'decided',
    header: words.decided,
    value: (request) => request.decisions.map((decision) => decision.by.user_name).join(' '),
    cell: (request) => request.decisions.map((decision) => decision.by.user_name).join(', ') || text.none,
    isHidden: true,
  },
]
