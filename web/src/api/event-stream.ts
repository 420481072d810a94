/** One event of a `text/event-stream`. */
export interface StreamEvent {
  id: string | null
  event: string
  data: string
}

/** Takes the stream in pieces, however it was cut, and gives the events that are whole. */
export class EventStreamReader {
  #rest = ''
  #id: string | null = null

  push(piece: string): StreamEvent[] {
    this.#rest += piece
    const events: StreamEvent[] = []
    for (;;) {
      const end = /\r?\n\r?\n/.exec(this.#rest)
      if (!end) return events
      const block = this.#rest.slice(0, end.index)
      this.#rest = this.#rest.slice(end.index + end[0].length)
      const event = this.#read(block)
      if (event) events.push(event)
    }
  }

  #read(block: string): StreamEvent | null {
    let name = 'message'
    let id: string | null = null
    const data: string[] = []
    for (const line of block.split(/\r?\n/)) {
      if (line.startsWith(':')) continue
      const colon = line.indexOf(':')
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'event') name = value
      else if (field === 'data') data.push(value)
      else if (field === 'id') id = value
    }
    if (id !== null) this.#id = id
    if (data.length === 0 && name === 'message') return null
    return { id: id ?? this.#id, event: name, data: data.join('\n') }
  }
}
