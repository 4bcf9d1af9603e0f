import { useSyncExternalStore } from 'react'
import { lastAuthorization } from './authorization.ts'

/** Says which token the requests carry, as nothing else on the page shows that it is kept across tabs. */
export const SignIn = () => {
  const value = useSyncExternalStore(lastAuthorization.subscribe, lastAuthorization.read)
  if (value === '') return <div className="sign-in">No token yet: requests are anonymous.</div>
  return (
    <div className="sign-in">
      <span>
        Tabs without a token send the last one, ending in <code>{value.slice(-6)}</code>
      </span>
      <button type="button" onClick={() => lastAuthorization.write('')}>
        Forget
      </button>
    </div>
  )
}
