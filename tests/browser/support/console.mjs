// A server on its sandbox, a browser, and people who sit in front of it. Whatever a page does that it must not (break
// the security policy, ask another host, throw) fails the test that opened it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

/** Long enough for a machine that does other things too; a test that passes never waits for it. */
export const patience = Number(process.env.AG_PATIENCE ?? 45_000)

/** The program on a data folder; resolves when it listens. */
async function launch(data, listen) {
  const child = spawn(process.env.AG_BINARY, ['serve', '--sandbox', '--listen', listen, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const url = await new Promise((found, failed) => {
    const hear = (piece) => {
      said += piece
      const started = /"event":"started".*"server":"([^"]+)"/.exec(said)
      if (started) found(started[1])
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => failed(new Error(`the server ended with ${code}:\n${said}`)))
  })
  return { child, url }
}

async function end(child, signal) {
  child.kill(signal)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function startServer() {
  if (process.env.AG_URL) return { url: process.env.AG_URL.replace(/\/$/, ''), stop: async () => {} }
  const data = await mkdtemp(join(tmpdir(), 'accessguard-browser-'))
  let { child, url } = await launch(data, '127.0.0.1:0')
  return {
    url,
    /** Killed, and started anew at the same address with the same data. */
    async restart() {
      await end(child, 'SIGKILL')
      child = (await launch(data, new URL(url).host)).child
    },
    async stop() {
      await end(child, 'SIGTERM')
      await rm(data, { recursive: true, force: true })
    },
  }
}

export async function openConsole() {
  const server = await startServer()
  const browser = await chromium.launch({ executablePath: process.env.AG_CHROMIUM, args: ['--no-sandbox'] })
  const faults = []

  /** A browser of somebody's own; signed in when a name is given. */
  async function somebody(person, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, timezoneId: 'Europe/Berlin', locale: 'en-GB', reducedMotion: 'reduce', baseURL: server.url, ...options })
    context.setDefaultTimeout(patience)
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))
    })
    const page = await context.newPage()
    watch(page)
    if (person) await signIn(context, person)
    return { context, page }
  }

  function watch(page) {
    page.on('request', (request) => {
      const url = new URL(request.url())
      if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== server.url) faults.push(`a request to elsewhere: ${request.url()}`)
    })
    page.on('pageerror', (error) => faults.push(`a page broke: ${error.stack ?? error.message}`))
    page.on('console', (message) => {
      // A refused answer is logged by the browser itself, and is shown to the reader in its own words.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(`the console of the browser: ${message.text()}`)
    })
  }

  async function signIn(context, person) {
    const answer = await context.request.post('/v1/sign-in', { data: { person }, headers: { Origin: server.url } })
    assert.equal(answer.status(), 200, await answer.text())
  }

  /** The API as that person, with the cookie of that browser. */
  async function call(context, method, path, body) {
    const answer = await context.request.fetch(path, { method, data: body, headers: { Origin: server.url } })
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`)
    return answer.status() === 204 ? null : answer.json()
  }

  return {
    url: server.url,
    somebody,
    signIn,
    call,
    restart: server.restart,
    /** Nothing that must not happen has happened since the last time. */
    nothingForbidden() {
      assert.deepEqual(faults.splice(0), [])
    },
    async close() {
      await browser.close()
      await server.stop()
    },
  }
}
