import './workers.ts'
import 'graphiql/style.css'
import './page.css'
import { GraphiQL } from 'graphiql'
import { createRoot } from 'react-dom/client'
import { examples } from './examples.ts'
import { fetcher } from './fetcher.ts'
import { FitPhones } from './fit-phones.tsx'
import { FollowSystemTheme } from './follow-system-theme.tsx'
import { SignIn } from './sign-in.tsx'

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root element')

createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={examples}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>
      <span className="brand">simple-douyin</span>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <SignIn />
      <FollowSystemTheme />
      <FitPhones />
    </GraphiQL.Footer>
  </GraphiQL>,
)
