// What every page says while the server is slow, when it fails, when it is not there, and when there is nothing yet. The
// answers are made so on their way to the browser; who is signed in is always known.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible } from './support/axe.mjs'
import { openConsole, patience } from './support/console.mjs'

let console_
let request
before(async () => {
  console_ = await openConsole()
  const ana = await console_.somebody('ana')
  const bo = await console_.somebody('bo')
  const ask = (account, set, reason) => console_.call(ana.context, 'POST', '/v1/requests', { accounts: [account], permission_set: set, duration: '1h', reason })
  const first = await ask('prod-web', 'ReadOnly', 'check the cache headers of the shop')
  await console_.call(bo.context, 'POST', `/v1/requests/${first.id}/decisions`, { decision: 'approve', version: first.version })
  const dee = await console_.somebody('dee')
  await console_.call(dee.context, 'POST', '/v1/break-glass', { account: 'prod-web', permission_set: 'BreakGlassAdmin', reason: 'the shop is down', confirm: 'prod-web' })
  request = await ask('prod-payments', 'Deploy', 'failed payouts after release 4312')
})
after(() => console_.close())

/**
 * `shows`: when all is well. `nothing`: when there is nothing; left out where that cannot be.
 * `quiet`: needs no answer of its own.
 */
const pages = () => [
  { who: 'ana', path: '/', heading: /^Good /, shows: 'Waiting for others', nothing: ['You have no temporary access', 'No rule opens anything to you yet'] },
  { who: 'ana', path: '/ask?account=prod-payments&set=ReadOnly&for=1h', heading: 'Ask for access', shows: 'Who must agree', nothing: ['No rule opens anything in prod-payments to you.'] },
  { who: 'ana', path: '/requests', heading: 'My requests', shows: 'failed payouts after release 4312', nothing: ['You have not asked for anything yet'] },
  { who: 'ana', path: () => `/requests/${request.id}`, heading: { well: /prod-payments · Deploy/, ill: 'Request' }, shows: 'Story' },
  { who: 'bo', path: '/approvals', heading: 'Approvals', shows: 'failed payouts after release 4312', nothing: ['Nothing waits for you'] },
  { who: 'bo', path: '/approvals?view=decided', heading: 'Approvals', shows: 'check the cache headers of the shop', nothing: ['You have not decided anything yet'] },
  { who: 'chen', path: '/approvals?view=reviews', heading: 'Approvals', shows: 'the shop is down', nothing: ['No use of break-glass waits for your review'] },
  { who: 'hana', path: '/break-glass', heading: 'Break-glass', shows: 'You get it at once', nothing: ['The policy opens no break-glass to you'] },
  { who: 'sven', path: '/insights', heading: 'Insights', shows: 'had access', nothing: ['No temporary access in this window'] },
  { who: 'sven', path: '/insights?view=access', heading: 'Insights', shows: 'Standing access was read', nothing: ['Nobody has access that fits'] },
  { who: 'sven', path: '/insights?view=flow', heading: 'Insights', shows: 'By approver', nothing: ['Nothing had to be decided in this window', 'Nothing was asked for in this window'] },
  { who: 'sven', path: '/people', heading: 'People', shows: 'Ana Corvelha', nothing: ['No people were found in AWS'] },
  { who: 'sven', path: '/people/ana', heading: { well: 'Ana Corvelha', ill: 'People' }, shows: 'Standing access', nothing: ['Nobody has temporary access here now', 'No rule opens anything here', 'Nothing was asked for yet'] },
  { who: 'sven', path: '/accounts', heading: 'Accounts', shows: 'prod-payments', nothing: ['No accounts were found in AWS'] },
  { who: 'sven', path: '/accounts/prod-payments', heading: 'prod-payments', shows: 'Standing access', nothing: ['Nobody has temporary access here now', 'No rule opens anything here', 'Nothing was asked for yet'] },
  { who: 'sven', path: '/permission-sets', heading: 'Permission sets', shows: 'ProdAdmin', nothing: ['No permission sets were found in AWS'] },
  { who: 'sven', path: '/permission-sets/ProdAdmin', heading: 'ProdAdmin', shows: 'As good as an administrator', nothing: ['Nobody has temporary access here now'] },
  { who: 'sven', path: '/policy', heading: 'Policy', shows: 'The policy', nothing: ['There is no policy yet'] },
  { who: 'sven', path: '/policy?view=explain&user=ana&account=prod-web&set=ProdAdmin', heading: 'Policy', shows: 'On these terms' },
  { who: 'sven', path: '/policy?view=plan', heading: 'Policy', shows: 'Change the text, then plan it' },
  { who: 'sven', path: '/policy?view=changes', heading: 'Policy', shows: 'No change has had to wait', nothing: ['No change has had to wait'] },
  { who: 'sven', path: '/ledger', heading: 'Ledger', shows: 'token.', nothing: ['No entry fits'] },
  { who: 'sven', path: '/health', heading: 'Health', shows: 'If everything has to stop', nothing: ['If everything has to stop'] },
  { who: 'ana', path: '/settings', heading: 'Settings', shows: 'Your session', quiet: true },
]

const look = { viewport: { width: 1280, height: 900 } }
const headingOf = (one, how) => one.heading[how] ?? one.heading
const pathOf = (one) => (typeof one.path === 'function' ? one.path() : one.path)
/** All that pages ask for, but not who is signed in and what happens live. */
const answers = (url) => url.pathname.startsWith('/v1/') && !['/v1/me', '/v1/sign-in', '/v1/sign-out', '/v1/events'].includes(url.pathname)

const isBusy = (page) => page.locator('main').evaluate((main) => main.querySelector('.ag-loading') !== null)
async function settled(page) {
  await page.waitForFunction(() => document.querySelector('main .ag-loading') === null)
}
/** With AG_STATES it is seen, too: pictures to look at, into that folder. */
async function seen(page, name) {
  await accessible(page, name)
  const path = new URL(page.url())
  if (process.env.AG_STATES) await page.screenshot({ path: `${process.env.AG_STATES}/${name} ${(path.pathname + path.search).replace(/\W+/g, '_').slice(0, 40)}.png` })
}
/** Something to read beside the heading; it may be asking again at this moment. */
async function isNotBlank(page) {
  await page.waitForFunction(() => {
    const words = document.querySelector('main')?.innerText ?? ''
    const heading = document.querySelector('h1')?.innerText ?? ''
    return words.replace(heading, '').replace(/Loading/g, '').trim().length > 20
  })
}

function forEachPage(title, check, { only = () => true } = {}) {
  // Several at once: most of the time they wait.
  test(title, { concurrency: 4 }, async (run) => {
    const each = pages()
      .filter(only)
      .map((one) =>
        run.test(pathOf(one), async () => {
          const { context, page } = await console_.somebody(one.who, look)
          await check(page, one)
          console_.nothingForbidden()
          await page.unrouteAll({ behavior: 'ignoreErrors' })
          await context.close()
        }),
      )
    await Promise.all(each)
  })
}

forEachPage(
  'while the server is slow',
  async (page, one) => {
    let answer
    const answered = new Promise((done) => (answer = done))
    await page.route(answers, async (route) => {
      await answered
      await route.continue().catch(() => {})
    })
    await page.goto(pathOf(one))
    await page.getByRole('heading', { level: 1, name: headingOf(one, 'ill') }).waitFor()
    assert.ok(await isBusy(page), 'it says that it waits')
    await page.locator('main').getByText('The server takes its time').first().waitFor()
    await seen(page, 'slow')
    answer()
    await page.getByText(one.shows).first().waitFor()
    await settled(page)
    await page.getByRole('heading', { level: 1, name: headingOf(one, 'well') }).waitFor()
  },
  { only: (one) => !one.quiet },
)

for (const [title, status, problem, says] of [
  ['when the server fails inside', 500, { code: 'internal', detail: 'something is wrong with the server; it is in its log' }, /something is wrong with the server/],
  ['when the connection is refused', 0, null, /The server does not answer/],
])
  forEachPage(
    title,
    async (page, one) => {
      let isIll = true
      await page.route(answers, (route) => {
        if (!isIll) return route.continue()
        if (status === 0) return route.abort('connectionrefused')
        const body = { type: 'about:blank', title: 'It did not work', status, instance: 'call_0001', ...problem }
        return route.fulfill({ status, contentType: 'application/problem+json', body: JSON.stringify(body) })
      })
      await page.goto(pathOf(one))
      await page.getByRole('heading', { level: 1, name: headingOf(one, 'ill') }).waitFor()
      if (one.quiet) return page.getByText(one.shows).first().waitFor()
      await page.locator('main').getByText(says).first().waitFor()
      await settled(page)
      await isNotBlank(page)
      for (const nothing of one.nothing ?? []) assert.equal(await page.getByText(nothing).filter({ visible: true }).count(), nothing === one.shows || one.path === '/health' ? await page.getByText(nothing).count() : 0, `"${nothing}" is not known`)
      await seen(page, String(status))
      // Everything that did not come can be asked for again, and then the page is whole. It may have asked by itself, too;
      // and what was under way when the server was well again may still fail.
      const again = page.locator('main').getByRole('button', { name: 'Try again' })
      await again.first().waitFor()
      isIll = false
      const whole = page.getByText(one.shows).first()
      const isDone = async () => (await whole.isVisible()) && (await again.count()) === 0
      for (const end = Date.now() + patience; !(await isDone()) && Date.now() < end; )
        await again.first().click({ timeout: 500 }).catch(() => {})
      await whole.waitFor()
      await settled(page)
    },
  )

/** The same answer with nothing in it. */
function emptied(value, name = '') {
  if (Array.isArray(value)) return name === 'approvals' || name === 'groups' ? value : []
  if (value === null || typeof value !== 'object') {
    if (['total', 'count', 'paths', 'size'].includes(name)) return 0
    return value
  }
  if (name === 'break_glass' || name === 'wait') return null
  if (name === 'counts') return Object.fromEntries(Object.keys(value).map((one) => [one, 0]))
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, emptied(one, key)]))
}

forEachPage(
  'when there is nothing yet',
  async (page, one) => {
    await page.route(answers, async (route) => {
      if (route.request().method() !== 'GET') return route.continue()
      const path = new URL(route.request().url()).pathname
      const answer = await route.fetch()
      if (!answer.ok()) return route.fulfill({ response: answer })
      const json = await answer.json()
      if (path === '/v1/policy') return route.fulfill({ response: answer, json: { ...json, text: '', warnings: [] } })
      if (path === '/v1/status') return route.fulfill({ response: answer, json })
      await route.fulfill({ response: answer, json: { ...emptied(json), next: null } })
    })
    await page.goto(pathOf(one))
    await page.getByRole('heading', { level: 1, name: headingOf(one, 'well') }).waitFor()
    for (const nothing of one.nothing) await page.getByText(nothing).first().waitFor()
    await settled(page)
    await isNotBlank(page)
    await seen(page, 'nothing')
  },
  { only: (one) => one.nothing !== undefined },
)

test('while it is not known who is there, and when that cannot be known', async () => {
  const { page } = await console_.somebody('ana')
  let how = 'slow'
  await page.route('**/v1/me', async (route) => {
    if (how === 'slow') await new Promise((done) => setTimeout(done, 3_000))
    if (how === 'refused') return route.abort('connectionrefused')
    await route.continue().catch(() => {})
  })
  await page.goto('/')
  await page.getByText('Asking the server who you are').waitFor()
  await accessible(page, 'starting')
  await page.getByRole('heading', { level: 1, name: /^Good / }).waitFor()
  how = 'refused'
  await page.reload()
  await page.getByText('The server does not answer').waitFor()
  await accessible(page, 'not started')
  how = 'well'
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { level: 1, name: /^Good / }).waitFor()
  console_.nothingForbidden()
})

test('a page whose script does not come says so, and can be loaded again', async () => {
  const { page } = await console_.somebody('ana')
  await page.goto('/')
  await page.getByRole('heading', { level: 1, name: /^Good / }).waitFor()
  await page.route('**/assets/Settings-*.js', (route) => route.abort('connectionrefused'))
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByText('Its part of the console could not be fetched').waitFor()
  await accessible(page, 'a page that did not come')
  await page.unroute('**/assets/Settings-*.js')
  await page.getByRole('button', { name: 'Load it again' }).click()
  await page.getByText('Your session').waitFor()
  console_.nothingForbidden()
})

test('rows that could not be read further are not taken for all, and the server is not pressed', async () => {
  const { page } = await console_.somebody('sven')
  let further = 0
  let isIll = true
  await page.route('**/v1/users?*', async (route) => {
    const url = new URL(route.request().url())
    if (url.searchParams.has('cursor')) {
      further++
      if (isIll) return route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'no', status: 500, code: 'internal', detail: 'something is wrong with the server' }) })
      url.searchParams.set('limit', '200')
      url.searchParams.delete('cursor')
      return route.continue({ url: url.href })
    }
    url.searchParams.set('limit', '3')
    const answer = await route.fetch({ url: url.href })
    await route.fulfill({ response: answer })
  })
  await page.goto('/people?sort=-name')
  await page.getByText('Not all rows could be read').waitFor()
  // What was read first is asked again once after a second; nothing else asks by itself.
  await page.waitForTimeout(2_500)
  await page.getByText('Not all rows could be read').waitFor()
  assert.ok(further <= 4, `asked ${further} times`)
  await accessible(page, 'not all rows')
  isIll = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Not all rows could be read').waitFor({ state: 'detached' })
  console_.nothingForbidden()
})
