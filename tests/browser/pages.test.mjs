// Every page, light and dark, wide and narrow: can be used by everybody, asks nobody else, keeps to the security policy.
// With AG_SCREENS=1 it writes the pictures of docs/screens.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { accessible } from './support/axe.mjs'
import { openConsole } from './support/console.mjs'

const screens = new URL('../../docs/screens/', import.meta.url).pathname
const looks = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1360, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1360, height: 900 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 390, height: 844 } },
]

let console_
let request
before(async () => {
  console_ = await openConsole()
  request = await lively()
})
after(() => console_.close())

/** Somebody has something, somebody waits, somebody broke the glass. */
async function lively() {
  const as = async (person) => (await console_.somebody(person)).context
  const [ana, bo, dee, goran] = [await as('ana'), await as('bo'), await as('dee'), await as('goran')]
  // A request keeps the level that its permission set had: until that is read from AWS every level is high.
  for (const set of ['Deploy', 'ReadOnly', 'ProdAdmin']) await until(async () => (await ana.request.get(`/v1/permission-sets/${set}/analysis`)).ok())
  const ask = (who, account, set, duration, reason, ticket) =>
    console_.call(who, 'POST', '/v1/requests', { accounts: [account].flat(), permission_set: set, duration, reason, ...(ticket ? { ticket } : {}) })
  const approve = (one) => console_.call(bo, 'POST', `/v1/requests/${one.id}/decisions`, { decision: 'approve', version: one.version, comment: 'ok for the payouts' })
  const first = await ask(ana, 'prod-payments', 'Deploy', '1h', 'failed payouts after release 4312', 'OPS-1412')
  await approve(first)
  await approve(await ask(ana, 'prod-web', 'ReadOnly', '45m', 'check the cache headers of the shop'))
  const over = await ask(ana, 'dev-web', 'Deploy', '30m', 'redeploy the preview')
  await ask(ana, ['prod-data', 'prod-web'], 'Deploy', '2h', 'roll out release 4313 to both', 'OPS-1420')
  await ask(dee, 'prod-web', 'ProdAdmin', '1h', 'move the DNS of the shop to the new load balancer', 'OPS-1399')
  await ask(goran, 'prod-payments', 'ReadOnly', '30m', 'compare the payout totals with finance')
  await console_.call(dee, 'POST', '/v1/break-glass', { account: 'prod-data', permission_set: 'BreakGlassAdmin', reason: 'the lake is on fire', confirm: 'prod-data' })
  await console_.call(ana, 'POST', `/v1/requests/${over.id}/end`, { reason: 'done' })
  await until(async () => (await console_.call(ana, 'GET', '/v1/grants?mine=true&state=active')).items.length >= 2)
  return first
}

async function until(isTrue) {
  const end = Date.now() + 30_000
  while (!(await isTrue())) {
    assert.ok(Date.now() < end, 'it does not become true')
    await new Promise((done) => setTimeout(done, 200))
  }
}

const pages = () => [
  { who: undefined, path: '/', name: 'sign-in', shows: 'Who do you want to be?' },
  { who: 'ana', path: '/', name: 'my-access', shows: 'What you may ask for' },
  { who: 'ana', path: '/ask?account=prod-payments&set=ProdAdmin&for=1h', name: 'ask', shows: 'Who must agree' },
  { who: 'ana', path: '/ask?account=prod-payments&set=ReadOnly&for=9h', name: 'ask-refused', shows: 'This would be refused' },
  { who: 'ana', path: '/requests', name: 'my-requests', shows: 'redeploy the preview' },
  { who: 'bo', path: `/requests/${request.id}`, name: 'request', shows: 'What is known' },
  { who: 'bo', path: '/approvals', name: 'approvals', shows: 'compare the payout totals with finance' },
  { who: 'bo', path: '/approvals?view=decided', name: 'approvals-decided', shows: 'failed payouts after release 4312' },
  { who: 'chen', path: '/approvals?view=reviews', name: 'reviews', shows: 'the lake is on fire' },
  { who: 'hana', path: '/break-glass?account=prod-web', name: 'break-glass', shows: 'You get it at once' },
  { who: 'wanda', path: '/break-glass', name: 'no-break-glass', shows: 'opens no break-glass to you' },
  { who: 'sven', path: '/insights', name: 'timeline', shows: 'The same as a table' },
  { who: 'sven', path: '/insights?view=access', name: 'who-has-access', shows: 'Standing access was read' },
  { who: 'sven', path: '/insights?view=flow', name: 'flow', shows: 'By approver' },
  { who: 'sven', path: '/people', name: 'people', shows: 'Ana Corvelha' },
  { who: 'sven', path: '/people/ana', name: 'person', shows: 'Standing access' },
  { who: 'sven', path: '/accounts', name: 'accounts', shows: 'prod-payments' },
  { who: 'sven', path: '/accounts/prod-payments', name: 'account', shows: 'Standing access' },
  { who: 'sven', path: '/permission-sets', name: 'permission-sets', shows: 'ProdAdmin' },
  { who: 'sven', path: '/permission-sets/ProdAdmin', name: 'permission-set', shows: 'can make itself administrator' },
  { who: 'sven', path: '/policy', name: 'policy', shows: 'The policy' },
  { who: 'sven', path: '/policy?view=explain&user=ana&account=prod-web&set=ProdAdmin', name: 'explain', shows: 'On these terms' },
  { who: 'sven', path: '/policy?view=plan', name: 'plan', shows: 'Change the text, then plan it' },
  { who: 'sven', path: '/policy?view=changes', name: 'changes', shows: 'No change has had to wait' },
  { who: 'sven', path: '/ledger', name: 'ledger', shows: 'Is it whole?' },
  { who: 'ana', path: '/ledger', name: 'no-ledger', shows: 'Not for you' },
  { who: 'sven', path: '/health', name: 'health', shows: 'If everything has to stop' },
  { who: 'ana', path: '/settings', name: 'settings', shows: 'Your session' },
  { who: 'ana', path: '/nowhere', name: 'no-page', shows: 'There is no page at this address' },
]

for (const look of looks)
  test(`every page, ${look.name}`, async (run) => {
    for (const one of pages())
      await run.test(one.name, async () => {
        const { context, page } = await console_.somebody(one.who, look)
        await page.goto(one.path)
        await page.getByText(one.shows).first().waitFor()
        await page.evaluate(() => document.fonts.ready)
        await page.waitForLoadState('domcontentloaded')
        await accessible(page, `${one.name} ${look.name}`)
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'the page is not wider than the window')
        if (process.env.AG_SCREENS) {
          await mkdir(screens, { recursive: true })
          await page.screenshot({ path: `${screens}${one.name}-${look.name}.png` })
        }
        console_.nothingForbidden()
        await context.close()
      })
  })

test('a permission set tells what it really allows, and by which statements', async () => {
  const { page } = await console_.somebody('sven')
  await page.goto('/permission-sets/ProdAdmin')
  await page.getByText('As good as an administrator').waitFor()
  await page.getByText(/and \d+ more$/).first().waitFor()
  await page.getByText('Becoming administrator').click()
  const finding = page.getByRole('listitem').filter({ has: page.getByText('can make itself administrator by attaching AdministratorAccess to a group it is in', { exact: true }) }).last()
  await finding.getByText('1 action').click()
  await finding.getByText('iam:AttachGroupPolicy', { exact: true }).waitFor()
  await finding.getByText('AdministratorAccess, statement 1').waitFor()
  await page.getByText('Show the JSON').click()
  await page.getByText('DenyCoveringTracks').waitFor()
  await accessible(page, 'a permission set, opened')
  console_.nothingForbidden()
})

test('what is not known of a permission set is said: all of it before it was read, a part of it afterwards', async () => {
  const { page } = await console_.somebody('sven', { colorScheme: 'dark' })
  let isRead = false
  await page.route('**/v1/permission-sets/*/analysis', async (route) => {
    if (!isRead) {
      const problem = { type: 'about:blank', title: 'Not found', status: 404, code: 'not_analyzed', detail: 'was not read from AWS' }
      return route.fulfill({ status: 404, contentType: 'application/problem+json', body: JSON.stringify(problem) })
    }
    const answer = await route.fetch()
    return route.fulfill({ response: answer, json: { ...(await answer.json()), unread: ['/teams/deploy-extra'] } })
  })
  await page.goto('/permission-sets/ProdAdmin')
  await page.getByText('Not known yet').waitFor()
  await accessible(page, 'a permission set that is not known')
  isRead = true
  // The page asks again by itself.
  await page.getByText('As good as an administrator').waitFor()
  await page.getByText('Not known, and may allow more').waitFor()
  await page.getByText('/teams/deploy-extra').waitFor()
  await accessible(page, 'a permission set that is known in part')
  console_.nothingForbidden()
})

// The sandbox changes no permission set by itself: the answer of the server is made into that of a void request.
test('a void request says why, and can be asked for again', async () => {
  const { page } = await console_.somebody('ana')
  await page.route(`**/v1/requests/${request.id}`, async (route) => {
    const answer = await route.fetch()
    const voided = { code: 'permission_set_changed', message: 'Deploy was changed in AWS after this was asked' }
    await route.fulfill({ response: answer, json: { ...(await answer.json()), state: 'failed', voided } })
  })
  await page.goto(`/requests/${request.id}`)
  await page.getByText('This request is void').waitFor()
  await page.getByText('Deploy was changed in AWS after this was asked').waitFor()
  await accessible(page, 'a void request')
  await page.getByRole('link', { name: 'Ask again' }).click()
  await page.waitForURL(/\/ask\?account=prod-payments&set=Deploy/)
  console_.nothingForbidden()
})

test('the palette finds accounts, people, requests and verbs, and can be used by everybody', async () => {
  const { page } = await console_.somebody('sven')
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('corvelha')
  await page.getByRole('option', { name: /Ana Corvelha/ }).waitFor()
  await accessible(page, 'palette')
  await page.getByRole('combobox').fill('dark')
  await page.getByRole('option', { name: /Switch to dark/ }).click()
  await page.locator('body.awsui-dark-mode').waitFor()
  console_.nothingForbidden()
})

test('the timeline is narrowed by dragging, by keys and by buttons, and the address has it', async () => {
  const { page } = await console_.somebody('sven')
  await page.goto('/insights')
  const narrowed = () => page.waitForFunction((before) => location.search !== before && location.search.includes('from='), new URL(page.url()).search)
  const length = () => {
    const { searchParams } = new URL(page.url())
    return (Date.parse(searchParams.get('until')) - Date.parse(searchParams.get('from'))) / 60_000
  }
  const from = page.getByRole('slider', { name: /from$/ })
  await from.waitFor()
  // Break-glass is seen to be that, however many requests came after it.
  await page.locator('.ag-gantt__bar--loud').first().waitFor()

  const ground = await page.locator('.ag-brush__ground').boundingBox()
  await page.mouse.move(ground.x + ground.width * 0.5, ground.y + ground.height - 3)
  await page.mouse.down()
  await page.mouse.move(ground.x + ground.width - 1, ground.y + ground.height - 3, { steps: 4 })
  let change = narrowed()
  await page.mouse.up()
  await change
  assert.ok(Math.abs(length() - 12 * 60) < 30, `${length()} minutes`)

  await from.focus()
  for (let presses = 0; presses < 3; presses++) await page.keyboard.press('PageUp')
  await accessible(page, 'a part of the timeline is chosen')
  change = narrowed()
  await page.keyboard.press('Enter')
  await change
  assert.ok(Math.abs(length() - 9 * 60) < 30, `${length()} minutes`)

  change = narrowed()
  await page.getByRole('button', { name: 'Closer' }).click()
  await change
  assert.ok(Math.abs(length() - 4.5 * 60) < 30, `${length()} minutes`)
  const shown = await page.getByText(/\(4 h/).innerText()
  await page.reload()
  await page.getByText(shown).waitFor()
  await page.getByRole('button', { name: 'Now', exact: true }).click()
  await page.getByText('(1 d)').waitFor()
  assert.equal(new URL(page.url()).search, '')
  // An address that makes no sense is not what the page breaks on.
  await page.goto('/insights?from=yesterday&until=never')
  await page.getByText('(1 d)').waitFor()
  console_.nothingForbidden()
})

test('dialogs can be used by everybody', async () => {
  const { page } = await console_.somebody('ana')
  await page.goto('/')
  for (const [button, title] of [['I’m done', 'End your access now'], ['More time', 'More time with what you have']]) {
    await page.getByRole('button', { name: button }).first().click()
    await page.getByRole('dialog').getByText(title).waitFor()
    await accessible(page, title)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  console_.nothingForbidden()
})
