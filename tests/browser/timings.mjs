// How soon pages can be used: from the address to the page with its answers, nothing waiting any more, with Chromium's
// CPU slowed down four times. `first`: nothing of the console is in the browser yet; `again`: its files are. `work`: the CPU
// time of the page's own thread in that, slowed down as well; what else the machine does is not in it. Medians.
// AG_RUNS: how often each is opened. Not a test: what it prints stands in docs/performance.md.
import { openConsole } from './support/console.mjs'

const slowdown = Number(process.env.AG_SLOWDOWN ?? 4)
const runs = Number(process.env.AG_RUNS ?? 3)
const pages = [
  ['undefined', '/', 'Who do you want to be?', 'sign-in'],
  ['ana', '/', 'What you may ask for', 'my access'],
  ['ana', '/ask?account=prod-payments&set=ReadOnly&for=1h', 'Who must agree', 'ask, filled in'],
  ['ana', '/requests', 'My requests', 'my requests'],
  ['bo', '/approvals', 'failed payouts', 'approvals'],
  ['hana', '/break-glass', 'You get it at once', 'break-glass'],
  ['sven', '/insights', 'had access', 'timeline'],
  ['sven', '/insights?view=access', 'Standing access was read', 'who has access'],
  ['sven', '/insights?view=flow', 'By approver', 'requests and waits'],
  ['sven', '/people', 'Ana Corvelha', 'people'],
  ['sven', '/accounts/prod-payments', 'Standing access', 'an account'],
  ['sven', '/permission-sets', 'ProdAdmin', 'permission sets'],
  ['sven', '/permission-sets/ProdAdmin', 'As good as an administrator', 'a permission set'],
  ['sven', '/policy', 'The policy', 'policy'],
  ['sven', '/ledger', 'token.', 'ledger'],
  ['sven', '/health', 'If everything has to stop', 'health'],
  ['ana', '/settings', 'Your session', 'settings'],
]

const console_ = await openConsole()
const ana = (await console_.somebody('ana')).context
const bo = (await console_.somebody('bo')).context
const ask = (account, set, reason) => console_.call(ana, 'POST', '/v1/requests', { accounts: [account], permission_set: set, duration: '1h', reason })
const first = await ask('prod-web', 'ReadOnly', 'check the cache headers of the shop')
await console_.call(bo, 'POST', `/v1/requests/${first.id}/decisions`, { decision: 'approve', version: first.version })
await ask('prod-payments', 'Deploy', 'failed payouts after release 4312')

const median = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)]

/** CPU time of the page's thread so far. */
async function worked(session) {
  const { metrics } = await session.send('Performance.getMetrics')
  return 1000 * metrics.find((metric) => metric.name === 'TaskDuration').value
}

async function usable(page, path, shows) {
  await page.goto(path, { waitUntil: 'commit' })
  return page
    .waitForFunction((words) => document.querySelector('h1') && !document.querySelector('.ag-loading') && document.body.innerText.includes(words) && performance.now(), shows, { polling: 'raf' })
    .then((handle) => handle.jsonValue())
}

console.log(`| page | first | again | work | (ms, CPU slowed down ${slowdown} times, median of ${runs})`)
console.log('|---|---|---|---|')
for (const [who, path, shows, name] of pages) {
  const times = { first: [], again: [], work: [] }
  for (let run = 0; run < runs; run++) {
    const { context, page } = await console_.somebody(who === 'undefined' ? undefined : who)
    const session = await context.newCDPSession(page)
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    times.first.push(await usable(page, path, shows))
    await page.goto('about:blank')
    const before = await worked(session)
    times.again.push(await usable(page, path, shows))
    times.work.push((await worked(session)) - before)
    await context.close()
  }
  console.log(`| ${name} | ${Math.round(median(times.first))} | ${Math.round(median(times.again))} | ${Math.round(median(times.work))} |`)
}
await console_.close()
