// biome-ignore lint/style/noProcessEnv: the tests' own switches, which no running server reads
const { REQUIRE_ALL, TEST_DATABASE_URL, TEST_REDIS_URL, TEST_STACK } = process.env

/** With `REQUIRE_ALL=1` a missing program fails the tests that need it, so that a build machine cannot pass by skipping. */
export const requireAll = REQUIRE_ALL === '1'

/** Servers to use in place of private ones: `mysql://…` and `redis://…` (several separated by commas are a cluster). */
export const givenDatabaseUrl = TEST_DATABASE_URL || undefined
export const givenRedisUrl = TEST_REDIS_URL || undefined

/** On what the black-box suites run: the app in one process by default; see `stacks`. */
export const testStack = TEST_STACK === 'single' || TEST_STACK === 'cluster' ? TEST_STACK : 'embedded'
if (TEST_STACK && TEST_STACK !== testStack) throw new Error('TEST_STACK has to be embedded, single or cluster')
