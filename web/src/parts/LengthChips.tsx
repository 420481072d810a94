import { lengthForApi, lengthInWords, parseLength } from '../look/time'
import { text } from '../text'
import './chips.css'

interface LengthChipsProps {
  value: string
  onChange: (value: string) => void
  choices: number[]
  /** Longer ones are shown as what they are: not allowed. */
  most: number | null
  label: string
}

/** A length of time: the usual ones at a click, any other typed. */
export function LengthChips({ value, onChange, choices, most, label }: LengthChipsProps) {
  const seconds = parseLength(value)
  const offered =
    most !== null && !choices.includes(most) ? [...choices.filter((choice) => choice < most), most] : choices
  return (
    <div className="ag-chips" role="group" aria-label={label}>
      {offered.map((choice) => (
        <button
          key={choice}
          type="button"
          aria-pressed={seconds === choice}
          disabled={most !== null && choice > most}
          onClick={() => onChange(lengthForApi(choice))}
        >
          {lengthInWords(choice)}
        </button>
      ))}
      <input
        aria-label={text.ask.otherLength}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        spellCheck={false}
      />
    </div>
  )
}
