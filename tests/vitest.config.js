// Only the suites of other projects that are written for vitest; our own tests run in node:test.
// @ts-check
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['js/vitest/*.spec.js'],
    // One file, so a worker of its own would only cost its start.
    pool: 'threads',
    isolate: false,
  },
})
