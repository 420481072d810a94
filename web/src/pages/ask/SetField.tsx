import { useEffect, useState } from 'react'
import { mayReadOn, useEligible } from '../../api/queries'
import { lengthInWords } from '../../look/time'
import { Find } from '../../parts/Find'
import { LevelMark } from '../../parts/Marks'
import { Loading, ProblemNotice } from '../../parts/States'
import { text } from '../../text'

const words = text.ask

/** So many are offered at once; with more there is a field to find one. */
const most = 24

interface SetFieldProps {
  account: string | undefined
  value: string
  onChange: (set: string) => void
  error: string | undefined
}

/** What may be asked for there: each with how much it can do, who must agree and how long. None is chosen beforehand. */
export function SetField({ account, value, onChange, error }: SetFieldProps) {
  const eligible = useEligible(account === undefined ? (value === '' ? {} : { permission_set: value }) : { account })
  const sets = new Map(eligible.rows.map((item) => [item.permission_set.name, item]))
  const [wanted, setWanted] = useState('')
  const needle = wanted.trim().toLowerCase()
  const fitting = [...sets.values()].filter((item) =>
    `${item.permission_set.name} ${item.permission_set.description}`.toLowerCase().includes(needle),
  )
  const isKnown = !eligible.isPending && !eligible.error
  const chosen = sets.get(value)
  const offered = fitting.slice(0, most)
  if (chosen && !offered.includes(chosen)) offered.unshift(chosen)
  useEffect(() => {
    // What is looked for may be on a page that has not come yet.
    if (needle !== '' && mayReadOn(eligible)) eligible.more()
  }, [needle, eligible])
  return (
    <fieldset className="ag-sets" aria-describedby={error ? 'set-error' : undefined}>
      <legend>{words.set}</legend>
      {account === undefined && value === '' && <p className="ag-soft ag-flat">{words.accountFirst}</p>}
      {account !== undefined && eligible.isPending && <Loading lines={2} />}
      {eligible.error && eligible.rows.length === 0 ? (
        <ProblemNotice error={eligible.error} again={eligible.again} size="small" />
      ) : null}
      {account !== undefined && isKnown && offered.length === 0 && (
        <p className="ag-soft ag-flat">{words.noSets(account)}</p>
      )}
      {(account !== undefined || value !== '') && (
        <>
          {sets.size > most && <Find value={wanted} onChange={setWanted} label={words.findSet} />}
          <div className="ag-sets__list">
            {offered.map((item) => (
              <label key={item.permission_set.arn} className="ag-sets__one">
                <input
                  type="radio"
                  name="set"
                  value={item.permission_set.name}
                  checked={value === item.permission_set.name}
                  onChange={() => onChange(item.permission_set.name)}
                />
                <span>
                  <strong>
                    {item.permission_set.name} <LevelMark level={item.level} />
                  </strong>
                  <span>{item.permission_set.description}</span>
                  <small>
                    {text.access.terms(
                      item.approvals.reduce((sum, step) => sum + step.need, 0),
                      lengthInWords(item.max_seconds),
                    )}
                  </small>
                </span>
              </label>
            ))}
            {value !== '' && !sets.has(value) && !eligible.isPending && (
              <label className="ag-sets__one">
                <input type="radio" name="set" value={value} checked readOnly />
                <span>
                  <strong>{value}</strong>
                  {isKnown && <small>{words.notOpened}</small>}
                </span>
              </label>
            )}
          </div>
          {fitting.length > offered.length && (
            <p className="ag-soft ag-flat">{words.moreSets(fitting.length - offered.length, eligible.hasMore)}</p>
          )}
        </>
      )}
      {error && (
        <p id="set-error" className="ag-sets__error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  )
}
