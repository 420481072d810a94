import { useSettings } from '../look/settings'
import { fromNow, inUtc, moment, wholeMoment } from '../look/time'
import { useNow } from '../look/useNow'
import { text } from '../text'

interface MomentProps {
  at: string | null | undefined
  /** `clock`: 14:02. `ago`: 4 min ago. `both`: 14:02, 4 min ago. `second`: 14:02:10. `whole`: everything. */
  as?: 'clock' | 'ago' | 'both' | 'second' | 'whole'
  none?: string
}

/** A moment in the reader's zone, with UTC when pointed at. */
export function Moment({ at, as = 'clock', none = text.none }: MomentProps) {
  const { zone } = useSettings()
  const now = useNow(as === 'ago' || as === 'both' ? 10_000 : 60_000)
  if (!at) return <>{none}</>
  const value = Date.parse(at)
  const words = {
    clock: () => moment(value, zone, now),
    ago: () => fromNow(value, now),
    both: () => `${moment(value, zone, now)}, ${fromNow(value, now)}`,
    second: () => `${moment(value, zone, now)}:${String(new Date(value).getUTCSeconds()).padStart(2, '0')}`,
    whole: () => wholeMoment(value, zone),
  }[as]()
  return (
    <time className="ag-time" dateTime={at} title={`${wholeMoment(value, zone)}\n${inUtc(value)}`}>
      {words}
    </time>
  )
}
