import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { useSettings } from '../../look/settings'
import { moment } from '../../look/time'
import { text } from '../../text'
import { stepOf, withEdge, type Stretch } from './window'

const words = text.insights
/** A pointer that moved less than this has clicked. */
const least = 6

interface BrushProps {
  whole: Stretch
  now: number
  /** Where the picture's time begins and ends, in its own units. */
  left: number
  right: number
  head: number
  height: number
  onNarrow: (stretch: Stretch) => void
}

/**
 * The ground of a picture of time: dragging over it, or moving its two handles and pressing Enter, narrows what is shown.
 * Bars lie above it and keep their own clicks.
 */
export function Brush({ whole, now, left, right, head, height, onNarrow }: BrushProps) {
  const [brush, setBrush] = useState<Stretch | null>(null)
  const ground = useRef<SVGRectElement>(null)
  const began = useRef<{ x: number; edge: 'from' | 'to' | null } | null>(null)
  const { zone } = useSettings()
  const width = right - left
  const length = whole.to - whole.from
  const at = (value: number) => left + ((value - whole.from) / length) * width
  const shown = brush ?? whole

  const timeOf = (x: number) => {
    const box = ground.current?.getBoundingClientRect()
    const part = box && box.width > 0 ? (x - box.left) / box.width : 0
    return whole.from + Math.min(1, Math.max(0, part)) * length
  }
  const begin = (event: PointerEvent<SVGElement>, edge: 'from' | 'to' | null) => {
    if (event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    began.current = { x: event.clientX, edge }
  }
  const move = (event: PointerEvent) => {
    const start = began.current
    if (!start || Math.abs(event.clientX - start.x) < least) return
    const time = timeOf(event.clientX)
    if (start.edge !== null) setBrush(withEdge(shown, start.edge, time, whole))
    else {
      const other = timeOf(start.x)
      setBrush({ from: Math.min(time, other), to: Math.max(time, other) })
    }
  }
  const narrow = () => {
    if (brush) onNarrow(brush)
    setBrush(null)
  }
  const end = () => {
    began.current = null
    narrow()
  }
  const leave = () => {
    began.current = null
    setBrush(null)
  }
  const onKey = (edge: 'from' | 'to') => (event: KeyboardEvent) => {
    const step = stepOf(whole)
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -8, PageUp: 8 }[event.key]
    if (event.key === 'Enter') narrow()
    else if (event.key === 'Escape') leave()
    else if (event.key === 'Home') setBrush(withEdge(shown, edge, whole.from, whole))
    else if (event.key === 'End') setBrush(withEdge(shown, edge, whole.to, whole))
    else if (by !== undefined) setBrush(withEdge(shown, edge, shown[edge] + by * step, whole))
    else return
    event.preventDefault()
  }
  return (
    <>
      <rect
        ref={ground}
        className="ag-brush__ground"
        x={left}
        y={0}
        width={width}
        height={height}
        onPointerDown={(event) => begin(event, null)}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={leave}
      />
      {brush && (
        <rect
          className="ag-brush__chosen"
          x={at(brush.from)}
          y={head - 4}
          width={Math.max(1, at(brush.to) - at(brush.from))}
          height={height - head + 4}
        />
      )}
      {(['from', 'to'] as const).map((edge) => (
        <g
          key={edge}
          className="ag-brush__edge"
          role="slider"
          tabIndex={0}
          aria-label={edge === 'from' ? words.edgeFrom : words.edgeTo}
          aria-valuemin={Math.round(whole.from / 60_000)}
          aria-valuemax={Math.round(whole.to / 60_000)}
          aria-valuenow={Math.round(shown[edge] / 60_000)}
          aria-valuetext={moment(shown[edge], zone, now)}
          onKeyDown={onKey(edge)}
          onPointerDown={(event) => begin(event, edge)}
          onPointerMove={move}
          onPointerUp={end}
          onPointerCancel={leave}
        >
          <rect className="ag-brush__reach" x={at(shown[edge]) - 12} y={head - 22} width={24} height={24} />
          <rect className="ag-brush__handle" x={at(shown[edge]) - 3} y={head - 11} width={6} height={14} rx={3} />
          {brush && <line className="ag-brush__line" x1={at(shown[edge])} x2={at(shown[edge])} y1={head} y2={height} />}
        </g>
      ))}
    </>
  )
}
