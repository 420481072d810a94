import { expect, it } from 'vitest'
import { EventStreamReader } from './event-stream'

const stream = ': hello\n\nid: 41\nevent: request.decided\ndata: {"a":\ndata: 1}\n\nevent: reset\ndata:\n\n'

it('gives the same events however the stream was cut', () => {
  const whole = new EventStreamReader().push(stream)
  expect(whole).toEqual([
    { id: '41', event: 'request.decided', data: '{"a":\n1}' },
    { id: '41', event: 'reset', data: '' },
  ])
  for (let cut = 1; cut < stream.length; cut++) {
    const reader = new EventStreamReader()
    expect([...reader.push(stream.slice(0, cut)), ...reader.push(stream.slice(cut))]).toEqual(whole)
  }
})

it('takes the line ends of other servers', () => {
  expect(new EventStreamReader().push('id: 7\r\ndata: x\r\n\r\n')).toEqual([{ id: '7', event: 'message', data: 'x' }])
})

it('keeps back what is not whole yet', () => {
  expect(new EventStreamReader().push('id: 7\ndata: x\n')).toEqual([])
})
