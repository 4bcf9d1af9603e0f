import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { useEffect } from 'react'

/**
 * Renders nothing. GraphiQL's style sheets follow the system between dark and light, but its editors take their colours
 * once: after a change they would be light on light until the next reload.
 */
export const FollowSystemTheme = () => {
  const chosen = useGraphiQL(({ theme }) => theme)
  const { setTheme } = useGraphiQLActions()
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)')
    const follow = () => setTheme(chosen)
    system.addEventListener('change', follow)
    return () => system.removeEventListener('change', follow)
  }, [chosen, setTheme])
  return null
}
