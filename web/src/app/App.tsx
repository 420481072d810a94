import { I18nProvider } from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createBrowserRouter } from 'react-router'
import { RouterProvider } from 'react-router/dom'
import { isUnreachable } from '../api/problem'
import { ProblemNotice } from '../parts/States'
import { text } from '../text'
import { LiveUpdates } from './live-context'
import { routes } from './routes'
import { Session } from './session'
import { SignInAgain, SignInPage } from './SignIn'
import { Starting } from './Starting'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The server may be on this very machine: whether the browser thinks it is online tells nothing.
      networkMode: 'always',
      retry: (count, error) => isUnreachable(error) && count < 2,
      staleTime: 5_000,
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
const router = createBrowserRouter(routes)

export function App() {
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <QueryClientProvider client={queries}>
        <Session
          starting={<Starting />}
          signIn={<SignInPage />}
          signInAgain={<SignInAgain />}
          failed={(error, again) => (
            <main className="ag-whole">
              <h1 className="ag-hidden">{text.product}</h1>
              <ProblemNotice error={error} again={again} />
            </main>
          )}
        >
          <LiveUpdates>
            <RouterProvider router={router} />
          </LiveUpdates>
        </Session>
      </QueryClientProvider>
    </I18nProvider>
  )
}
