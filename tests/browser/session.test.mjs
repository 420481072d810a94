// Links, sessions, and a server that is not there.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openConsole } from './support/console.mjs'

let console_
before(async () => {
  console_ = await openConsole()
})
after(() => console_.close())

test('a link to a request asks who is there, and then shows that request', async () => {
  const ana = await console_.somebody('ana')
  const request = await console_.call(ana.context, 'POST', '/v1/requests', { accounts: ['prod-data'], permission_set: 'ReadOnly', duration: '30m', reason: 'look at the lake' })
  const bo = await console_.somebody()
  await bo.page.goto(`/requests/${request.id}`)
  await bo.page.getByLabel('Find a person').fill('lindmark')
  await bo.page.getByRole('button', { name: /Sign in as Bo/ }).click()
  await bo.page.getByText('look at the lake').first().waitFor()
  assert.equal(new URL(bo.page.url()).pathname, `/requests/${request.id}`)
  await bo.page.getByRole('button', { name: 'Approve', exact: true }).waitFor()

  // Who may not see it is told no more than that there is nothing.
  const wanda = await console_.somebody('wanda')
  await wanda.page.goto(`/requests/${request.id}`)
  await wanda.page.getByText('There is nothing here').waitFor()
  console_.nothingForbidden()
})

test('a filter is in the address: who opens the link sees the same', async () => {
  const sven = await console_.somebody('sven')
  await sven.page.goto('/accounts?filter=path:Prod&sort=-name')
  const names = sven.page.getByRole('row').locator('th a')
  await names.first().waitFor()
  assert.deepEqual(await names.allTextContents(), ['prod-web', 'prod-payments', 'prod-data'])
  await sven.page.reload()
  await names.first().waitFor()
  assert.deepEqual(await names.allTextContents(), ['prod-web', 'prod-payments', 'prod-data'])
  await sven.page.goto('/no/such/page')
  await sven.page.getByText('There is no page at this address').waitFor()
  console_.nothingForbidden()
})

test('when the session ends in the middle of a form, what was typed is kept', async () => {
  const ana = await console_.somebody('ana')
  await ana.page.goto('/ask?account=prod-web&set=Deploy')
  const why = ana.page.getByLabel('Why', { exact: true })
  await why.fill('a reason that took a while to find')
  await ana.page.getByText('Somebody has to agree first.').waitFor()
  await console_.call(ana.context, 'POST', '/v1/sign-out', {})
  await ana.page.getByRole('button', { name: 'Send request' }).click()
  await ana.page.getByText('Your session has ended').waitFor()
  await ana.page.getByRole('button', { name: /Sign in as Ana/ }).first().click()
  await ana.page.getByText('Your session has ended').waitFor({ state: 'hidden' })
  assert.equal(await why.inputValue(), 'a reason that took a while to find')
  await ana.page.getByRole('button', { name: 'Send request' }).click()
  await ana.page.waitForURL(/\/requests\/req_/)
  console_.nothingForbidden()
})

test('without the server the page says so, keeps what it shows, and goes on by itself', async () => {
  const ana = await console_.somebody('ana')
  // The same person elsewhere, who stays connected.
  const elsewhere = await console_.somebody('ana')
  const ask = (reason) => console_.call(elsewhere.context, 'POST', '/v1/requests', { accounts: ['prod-web'], permission_set: 'DataAnalyst', duration: '30m', reason })
  const streams = []
  ana.page.on('request', (request) => new URL(request.url()).pathname === '/v1/events' && streams.push(request.headers()['last-event-id']))

  await ana.page.goto('/requests')
  await ana.page.getByText('Live', { exact: true }).waitFor()
  await ask('seen as it happens')
  await ana.page.getByText('seen as it happens').waitFor()
  await ana.context.setOffline(true)
  await ana.page.getByText('Not connected. What you see may be old').waitFor()
  await ask('asked meanwhile')
  await ana.page.getByText('seen as it happens').waitFor()
  await ana.context.setOffline(false)
  await ana.page.getByText('Not connected. What you see may be old').waitFor({ state: 'detached' })
  await ana.page.getByText('asked meanwhile').waitFor()
  // It went on from where it was, and did not load everything anew.
  assert.equal(streams[0], undefined)
  assert.match(streams.at(-1) ?? '', /^\d+$/)
})

test('when the server is killed in the middle of a form, what was typed is kept and sent to the next one', { skip: Boolean(process.env.AG_URL) }, async () => {
  const ana = await console_.somebody('ana')
  const bo = await console_.somebody('bo')
  await bo.page.goto('/approvals')
  await bo.page.getByText('Live', { exact: true }).waitFor()
  await ana.page.goto('/ask?account=prod-data&set=ReadOnly&for=30m')
  await ana.page.getByText('1 of TeamLeads').waitFor()
  await ana.page.locator('textarea').fill('half of it was typed before')
  await console_.restart()
  await ana.page.getByText('Not connected. What you see may be old').waitFor({ state: 'detached' })
  await ana.page.getByText('Live', { exact: true }).waitFor()
  assert.equal(await ana.page.locator('textarea').inputValue(), 'half of it was typed before')
  await ana.page.getByRole('button', { name: 'Send request' }).click()
  await ana.page.waitForURL(/\/requests\/req_/)

  // Everybody's page has found its way to the new one by itself.
  await bo.page.getByText('half of it was typed before').first().waitFor()
  console_.nothingForbidden()
})
