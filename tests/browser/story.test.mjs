// Two people, two browsers: one asks with the keyboard alone, the other decides with one key, and both see what becomes of
// it without loading anything again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible } from './support/axe.mjs'
import { openConsole, patience } from './support/console.mjs'

let console_
before(async () => {
  console_ = await openConsole()
})
after(() => console_.close())

test('asking with the keyboard alone, deciding with one key, and both see it as it happens', async () => {
  const ana = await console_.somebody('ana')
  const bo = await console_.somebody('bo')
  const ines = await console_.somebody('ines')
  await bo.page.goto('/approvals')
  await bo.page.getByText('Nothing waits for you').waitFor()
  await ines.page.goto('/approvals')
  await ines.page.getByText('Nothing waits for you').waitFor()

  // Ctrl K, the account's name, "ask": the composer with the account in it.
  await ana.page.goto('/')
  await ana.page.getByRole('heading', { name: 'Active now' }).waitFor()
  await ana.page.keyboard.press('Control+k')
  await ana.page.getByRole('combobox').waitFor()
  await ana.page.keyboard.type('prod-payments')
  const wish = ana.page.getByRole('option', { name: 'Ask for access to prod-payments' })
  await wish.waitFor()
  while ((await wish.getAttribute('aria-selected')) !== 'true') await ana.page.keyboard.press('ArrowDown')
  await ana.page.keyboard.press('Enter')
  await ana.page.waitForURL(/\/ask\?account=prod-payments/)

  // Deploy is chosen by moving through the permission sets; none is chosen beforehand.
  await ana.page.getByRole('radio', { name: /^Deploy/ }).waitFor()
  assert.equal(await ana.page.getByRole('radio', { checked: true }).count(), 0)
  await tabTo(ana.page, () => document.activeElement?.getAttribute('name') === 'set')
  await ana.page.keyboard.press('Space')
  // Each key is waited for: one that is pressed too early would go past Deploy.
  const chosenAfter = (before) => ana.page.waitForFunction((one) => document.activeElement.checked && document.activeElement.value !== one, before).then(() => ana.page.evaluate(() => document.activeElement.value))
  let chosen = await chosenAfter(null)
  for (let step = 0; step < 8 && chosen !== 'Deploy'; step++) {
    await ana.page.keyboard.press('ArrowDown')
    chosen = await chosenAfter(chosen)
  }
  assert.equal(chosen, 'Deploy')
  await ana.page.getByText('Somebody has to agree first.').waitFor()
  await ana.page.getByText('1 of TeamLeads').waitFor()
  await tabTo(ana.page, () => document.activeElement?.tagName === 'TEXTAREA')
  await ana.page.keyboard.type('failed payouts after release 4312')
  await tabTo(ana.page, () => document.activeElement?.textContent === 'Send request')
  await ana.page.keyboard.press('Enter')
  await ana.page.waitForURL(/\/requests\/req_/)
  await ana.page.getByText('Waiting', { exact: true }).first().waitFor()

  // The approvers' pages have it by themselves.
  await bo.page.getByText('failed payouts after release 4312').first().waitFor()
  await ines.page.getByText('failed payouts after release 4312').first().waitFor()
  await bo.page.getByRole('button', { name: 'Approve', exact: true }).waitFor()
  await bo.page.keyboard.press('a')
  await bo.page.getByText('decided by you').waitFor()

  // Who was slower sees who was faster, and has nothing left to press.
  await ines.page.getByText('decided by bo').waitFor()
  await ines.page.getByRole('button', { name: 'Approve', exact: true }).waitFor({ state: 'detached' })

  // AWS makes it; the requester's page follows, and my access counts down.
  await ana.page.getByRole('heading', { level: 1 }).getByText('Active').waitFor()
  await ana.page.getByText('credentials may live until').first().waitFor()
  await ana.page.goto('/')
  await ana.page.getByRole('timer').waitFor()

  // Done before its time: shown as ending until AWS was seen without it.
  await ana.page.getByRole('button', { name: 'I’m done' }).click()
  await ana.page.getByRole('button', { name: 'End access now' }).click()
  await ana.page.getByText('You have no temporary access').waitFor()
  await ana.page.getByRole('link', { name: /prod-payments.*Deploy.*failed payouts/ }).waitFor()
  console_.nothingForbidden()
})

test('of two who approve in the same moment one decides, and the other is told who', async () => {
  const goran = await console_.somebody('goran')
  const names = ['bo', 'ines']
  const two = await Promise.all(names.map((name) => console_.somebody(name)))
  const request = await console_.call(goran.context, 'POST', '/v1/requests', { accounts: ['prod-web'], permission_set: 'ReadOnly', duration: '45m', reason: 'who is faster' })
  for (const { page } of two) {
    await page.goto(`/approvals?id=${request.id}`)
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor()
  }
  await Promise.all(two.map(({ page }) => page.keyboard.press('a')))
  const decisions = async () => (await console_.call(goran.context, 'GET', `/v1/requests/${request.id}`)).decisions
  for (const { page } of two) await page.getByText(/decided by (you|bo|ines)/).first().waitFor()
  const [only, ...more] = await decisions()
  assert.deepEqual(more, [], 'one decision is all it takes, and all there is')
  const slower = two[1 - names.indexOf(only.by.name ?? only.by.user_name)]
  await slower.page.getByText(`decided by ${only.by.name ?? only.by.user_name}`).waitFor()
  console_.nothingForbidden()
})

test('a denial says why, and needs to', async () => {
  const goran = await console_.somebody('goran')
  const bo = await console_.somebody('bo')
  const request = await console_.call(goran.context, 'POST', '/v1/requests', { accounts: ['prod-web'], permission_set: 'ReadOnly', duration: '30m', reason: 'compare the totals' })
  await goran.page.goto(`/requests/${request.id}`)
  await bo.page.goto(`/approvals?id=${request.id}`)
  await bo.page.getByRole('button', { name: 'Approve', exact: true }).waitFor()
  await bo.page.keyboard.press('d')
  assert.ok(await bo.page.getByRole('button', { name: 'Deny, and tell them why' }).isDisabled())
  await bo.page.keyboard.type('finance has these already')
  await bo.page.keyboard.press('Enter')
  await bo.page.getByText('Denied by you').waitFor()
  await goran.page.getByText('finance has these already').waitFor()
  await goran.page.getByRole('heading', { level: 1 }).getByText('Denied').waitFor()
  console_.nothingForbidden()
})

test('several are denied for one reason, each by its own call, and what failed is told', async () => {
  const goran = await console_.somebody('goran')
  const bo = await console_.somebody('bo')
  const ask = (account, reason) => console_.call(goran.context, 'POST', '/v1/requests', { accounts: [account], permission_set: 'DataAnalyst', duration: '30m', reason })
  const gone = await ask('prod-data', 'look at the lake once')
  const other = await ask('prod-web', 'count the visits')
  await bo.page.goto(`/approvals?id=${gone.id}`)
  for (const account of ['prod-data', 'prod-web']) await bo.page.getByRole('checkbox', { name: `Choose Goran Petrinovac, ${account} · DataAnalyst` }).check()
  await bo.page.getByText('2 chosen').waitFor()
  await bo.page.getByRole('button', { name: 'Deny these…' }).click()
  const dialog = bo.page.getByRole('dialog')
  const deny = dialog.getByRole('button', { name: 'Deny 2, and tell them why' })
  assert.ok(await deny.isDisabled())
  await dialog.getByLabel('Why not').fill('finance has these already')
  await accessible(bo.page, 'denying several')
  // One of them is taken back before the denial is sent.
  const bodies = []
  bo.page.on('request', (sent) => /decisions$/.test(sent.url()) && bodies.push(sent.postDataJSON()))
  await console_.call(goran.context, 'POST', `/v1/requests/${gone.id}/withdraw`, {})
  await deny.click()
  await dialog.getByText('1 of 2 denied.').waitFor()
  await dialog.getByText(/^Not denied: /).waitFor()
  await accessible(bo.page, 'denied in part')
  assert.deepEqual(bodies.map((body) => body.version).sort(), [gone.version, other.version].sort())
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await bo.page.getByText('decided by you').waitFor()
  assert.equal((await console_.call(goran.context, 'GET', `/v1/requests/${other.id}`)).state, 'denied')
  assert.equal((await console_.call(goran.context, 'GET', `/v1/requests/${gone.id}`)).state, 'withdrawn')
  console_.nothingForbidden()
})

test('what an approver has to know stands above the buttons, which stay in sight', async () => {
  const goran = await console_.somebody('goran')
  const request = await console_.call(goran.context, 'POST', '/v1/requests', { accounts: ['prod-payments'], permission_set: 'ReadOnly', duration: '30m', reason: 'compare the totals again' })
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }])
    for (const path of [`/approvals?id=${request.id}`, `/requests/${request.id}`]) {
      const bo = await console_.somebody('bo', { viewport })
      await bo.page.goto(path)
      const approve = bo.page.getByRole('button', { name: 'Approve', exact: true })
      await approve.waitFor()
      const facts = bo.page.getByText('Who else has it').first()
      assert.ok(await facts.evaluate((one) => Boolean(one.compareDocumentPosition([...document.querySelectorAll('button')].find((button) => button.textContent === 'Approve')) & Node.DOCUMENT_POSITION_FOLLOWING)), 'the facts come first')
      const box = await approve.boundingBox()
      assert.ok(box.y + box.height <= viewport.height, `${path}: the button is in sight`)
      await bo.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))
      const last = bo.page.getByText('Who agrees').first()
      await last.scrollIntoViewIfNeeded()
      assert.ok((await last.boundingBox()).y < (await approve.boundingBox()).y, `${path}: nothing stays behind the buttons`)
      await bo.context.close()
    }
  console_.nothingForbidden()
})

test('what would be refused is said before anything is sent', async () => {
  const ana = await console_.somebody('ana')
  await ana.page.goto('/ask?account=prod-web&set=ReadOnly&for=9h')
  await ana.page.getByText('This would be refused').waitFor()
  await ana.page.getByText('What helps: ask for 4h at most').waitFor()
  assert.ok(await ana.page.getByRole('button', { name: 'Send request' }).isDisabled())
  const mine = await console_.call(ana.context, 'GET', '/v1/requests?mine=true&account=prod-web')
  assert.deepEqual(mine.items, [])
  console_.nothingForbidden()
})

test('break-glass wants the name of the account, and the review is somebody else’s', async () => {
  const dee = await console_.somebody('dee')
  const chen = await console_.somebody('chen')
  await dee.page.goto('/break-glass?account=prod-web')
  await dee.page.getByLabel('What is happening').fill('the shop is down')
  const open = dee.page.getByRole('button', { name: /Open / })
  assert.ok(await open.isDisabled())
  await dee.page.getByLabel('Type prod-web to confirm').fill('prod-web')
  await open.click()
  await dee.page.waitForURL(/\/requests\/req_/)
  assert.equal(await dee.page.getByRole('button', { name: 'Close the review' }).count(), 0)
  await chen.page.goto(new URL(dee.page.url()).pathname)
  await chen.page.getByRole('radio', { name: 'Justified', exact: true }).check()
  await chen.page.getByLabel('What you have to say').fill('it was down')
  await chen.page.getByRole('button', { name: 'Close the review' }).click()
  await dee.page.getByText('it was down').first().waitFor()
  console_.nothingForbidden()
})

/** Presses Tab until the focus is where it is wanted; fails where the keyboard does not get there. */
async function tabTo(page, isThere) {
  const end = Date.now() + patience
  for (let presses = 0; presses < 60 && Date.now() < end; presses++) {
    if (await page.evaluate(isThere)) return
    await page.keyboard.press('Tab')
  }
  assert.fail('the keyboard does not get there')
}
