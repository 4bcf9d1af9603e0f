import { useGraphiQL } from '@graphiql/react'
import { useEffect } from 'react'

/** The width at which page.css stacks the page. */
const stacked = matchMedia('(max-width: 700px)')

/** Renders nothing. On a phone the lines of an operation are longer than its editor is wide: they wrap, without numbers. */
export const FitPhones = () => {
  const editor = useGraphiQL(({ queryEditor }) => queryEditor)
  useEffect(() => {
    const fit = () =>
      editor?.updateOptions(
        stacked.matches
          ? { wordWrap: 'on', lineNumbers: 'off', folding: false }
          : { wordWrap: 'off', lineNumbers: 'on', folding: true },
      )
    fit()
    stacked.addEventListener('change', fit)
    return () => stacked.removeEventListener('change', fit)
  }, [editor])
  return null
}
