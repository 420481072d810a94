import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { withoutInlineFonts } from './tools/fonts.mjs'

// Where a running server answers while pages are worked on: AG_SERVER=http://127.0.0.1:8642 npm run dev
const server = process.env.AG_SERVER ?? 'http://127.0.0.1:8642'
const behind = Object.fromEntries(
  ['/v1', '/readyz', '/healthz', '/openapi.json'].map((path) => [
    path,
    {
      target: server,
      changeOrigin: true,
      // The server takes changes from its own pages only: to it, these are its own.
      headers: { origin: server },
    },
  ]),
)

export default defineConfig({
  plugins: [withoutInlineFonts(), react()],
  build: {
    target: 'es2023',
    manifest: true,
    // Nothing may be inside the page or the stylesheet: the policy refuses it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: behind },
  preview: { proxy: behind },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
