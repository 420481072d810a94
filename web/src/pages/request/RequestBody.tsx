import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Request, RequestWithTimeline, Schemas } from '../../api/queries'
import { lengthInWords } from '../../look/time'
import { useNow } from '../../look/useNow'
import { Glyph } from '../../look/Glyph'
import { Allows } from '../../parts/Allows'
import { reasonAlone } from '../../parts/level-reason'
import { LevelMark, StateMark, Tag } from '../../parts/Marks'
import { Moment } from '../../parts/Moment'
import { AccountLink, partiesInWords, PermissionSetLink, PersonLink, requestPath } from '../../parts/Names'
import { Facts } from '../../parts/Page'
import { text } from '../../text'

const words = text.request

/** What was asked, in the order in which one judges it. */
export function Asked({ request, isWhoTold = false }: { request: RequestWithTimeline; isWhoTold?: boolean }) {
  // Those who see what is known read the reason there, beside what it allows.
  const levelWhy = request.facts ? null : request.level_reason
  return (
    <>
      <blockquote className="ag-why">
        {request.reason}
        {request.ticket && <Tag tone="accent">{request.ticket}</Tag>}
      </blockquote>
      <Facts
        columns={2}
        items={[
          ...(isWhoTold ? [] : [{ label: words.who, value: <PersonLink person={request.requester} /> }]),
          {
            label: words.set,
            value: (
              <span className="ag-row">
                <PermissionSetLink set={request.permission_set} /> <LevelMark level={request.level} />
              </span>
            ),
          },
          { label: words.length, value: lengthInWords(request.duration_seconds) },
          {
            label: words.start,
            value: request.start ? (
              <Moment at={request.start} as="both" />
            ) : request.break_glass ? (
              words.now
            ) : (
              words.atOnce
            ),
          },
          ...(request.extends
            ? [
                {
                  label: words.extends,
                  value: (
                    <Link className="ag-link" to={requestPath(request.extends)}>
                      {words.first}
                    </Link>
                  ),
                },
              ]
            : []),
          { label: words.sessions, value: request.session_end === 'hard' ? words.sessionsHard : words.sessionsSoft },
          ...(levelWhy ? [{ label: words.levelWhy, value: levelWhy }] : []),
        ]}
      />
    </>
  )
}

/** What the server knows about it, apart from what the requester wrote. */
export function KnownFacts({ facts }: { facts: Schemas['Facts'] }) {
  return (
    <div className="ag-known">
      <div className="ag-known__allows">
        <p>
          <Glyph name="key" /> <strong>{words.allows(facts.permission_set.name)}</strong>{' '}
          <LevelMark level={facts.level} />{' '}
          <span className="ag-soft">{reasonAlone(facts.level, facts.level_reason)}</span>
        </p>
        <Allows
          can={facts.permission_set.can}
          unread={facts.permission_set.unread}
          otherwise={facts.permission_set.allows}
        />
      </div>
      <ul className="ag-known__accounts">
        {facts.accounts.map((account) => (
          <li key={account.id}>
            <div className="ag-known__account">
              <AccountLink account={account} /> <span className="ag-soft">{account.path}</span>
            </div>
            {account.refusal && (
              <p className="ag-known__refusal">
                <Glyph name="alert" /> {words.cannot} {account.refusal}
              </p>
            )}
            <dl>
              <Fact label={words.others}>
                {words.holders(
                  account.standing.count,
                  account.standing.names,
                  account.temporary.count,
                  account.temporary.names,
                )}
              </Fact>
              <Fact label={words.used(facts.days)}>
                {words.times(account.used.times)}
                {account.used.last_at && (
                  <>
                    , <Moment at={account.used.last_at} as="ago" />
                  </>
                )}
              </Fact>
              <Fact label={words.rule}>
                {[account.rule, ...account.guardrails].filter((one) => one !== null).join(', ') || text.none}
              </Fact>
              {account.would_end && (
                <Fact label={words.wouldEnd}>
                  <Moment at={account.would_end} as="both" />
                </Fact>
              )}
            </dl>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Who has agreed and who must still. */
export function Steps({ request }: { request: Request }) {
  const now = useNow(10_000)
  if (request.break_glass) return <p className="ag-soft ag-flat">{words.nobodyAsked}</p>
  if (request.approvals.length === 0) return <p className="ag-soft ag-flat">{words.automatic}</p>
  const lapse = Date.parse(request.lapses_at)
  return (
    <ol className="ag-approvals">
      {request.approvals.map((step, index) => {
        const isDone = step.given.length >= step.need
        const isCurrent = request.state === 'pending' && index === request.current_step
        return (
          <li key={index} className={isDone ? 'is-done' : isCurrent ? 'is-current' : undefined}>
            <span className="ag-approvals__number">{isDone ? <Glyph name="check" /> : index + 1}</span>
            <div>
              <strong>{words.needs(step.need, partiesInWords(step.any_of))}</strong>
              <p>
                {step.given.length > 0
                  ? words.given(step.given.map((person) => person.user_name))
                  : isCurrent
                    ? words.waits
                    : words.later}
                {step.none_of.length > 0 && ` ${words.notOf(partiesInWords(step.none_of))}`}
                {isCurrent && step.escalated && ` ${words.escalated}`}
                {isCurrent && lapse > now && ` ${words.lapses(lengthInWords((lapse - now) / 1000))}`}
              </p>
            </div>
          </li>
        )
      })}
    </ol>
  )
}

/** Account by account: how far AWS is, and both clocks. */
export function Places({ request }: { request: Request }) {
  return (
    <ul className="ag-places">
      {request.accounts.map((account) => {
        const grant = request.grants.find((one) => one.account.id === account.id)
        return (
          <li key={account.id}>
            <div className="ag-places__name">
              <AccountLink account={account} />
              <span className="ag-soft">{account.path}</span>
            </div>
            <StateMark
              state={account.state}
              word={request.voided && account.state === 'failed' ? text.state.voided : undefined}
            />
            <div className="ag-places__clocks">
              {grant ? <Clocks grant={grant} /> : <span className="ag-soft">{words.under(account.rule)}</span>}
            </div>
          </li>
        )
      })}
    </ul>
  )
}

function Clocks({ grant }: { grant: Schemas['Grant'] }) {
  if (grant.failure)
    return (
      <span className="ag-places__failure">
        {words.awsSays(grant.failure.code)} {grant.failure.message}
      </span>
    )
  const isOver = grant.state === 'ended' || grant.state === 'revoked'
  if (grant.shared?.handed_over_at)
    return (
      <>
        <span>
          {words.stays} <Moment at={grant.shared.handed_over_at} as="both" />
        </span>
        <span className="ag-soft">{words.alsoMadeBy(grant.shared.by)}</span>
      </>
    )
  return (
    <>
      {grant.shared && (
        <span className="ag-places__failure">
          {words.alsoMade(grant.shared.by, grant.shared.at_expiry === 'hold' ? 'stays' : 'goes')}
        </span>
      )}
      <span>
        {isOver && grant.absent_at ? words.gone : grant.state === 'ending' ? words.askedToEnd : words.ends}{' '}
        <Moment
          at={
            isOver
              ? (grant.absent_at ?? grant.end)
              : grant.state === 'ending'
                ? (grant.ending_at ?? grant.end)
                : grant.end
          }
          as="both"
        />
      </span>
      <span className="ag-soft">
        {grant.sessions_cut_at ? words.cutAt : words.credentials}{' '}
        <Moment at={grant.sessions_cut_at ?? grant.credentials_until} />
      </span>
    </>
  )
}

export function titleOf(request: Pick<Request | RequestWithTimeline, 'accounts' | 'permission_set'>): string {
  const [first, ...others] = request.accounts
  return `${first?.name ?? ''}${others.length > 0 ? ` +${others.length}` : ''} · ${request.permission_set.name}`
}
