import type { ComponentType } from 'react'
import type { RouteObject } from 'react-router'
import { Shell } from './Shell'
import { PageComing, PageFailed, PageMissing } from './PageFailed'

/** Each page is a piece of its own, fetched when it is first opened. */
const page = (path: string, load: () => Promise<{ default: ComponentType }>): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).default }),
})

export const routes: RouteObject[] = [
  {
    path: '/',
    Component: Shell,
    ErrorBoundary: PageFailed,
    children: [
      {
        ErrorBoundary: PageFailed,
        // While the first page's piece of script is fetched: the side bar is there, and says where one is.
        HydrateFallback: PageComing,
        children: [
          { index: true, lazy: async () => ({ Component: (await import('../pages/MyAccess')).default }) },
          page('ask', () => import('../pages/Ask')),
          page('requests', () => import('../pages/MyRequests')),
          page('requests/:id', () => import('../pages/RequestPage')),
          page('approvals', () => import('../pages/Approvals')),
          page('break-glass', () => import('../pages/BreakGlass')),
          page('insights', () => import('../pages/Insights')),
          page('people', () => import('../pages/People')),
          page('people/:id', () => import('../pages/PersonPage')),
          page('accounts', () => import('../pages/Accounts')),
          page('accounts/:id', () => import('../pages/AccountPage')),
          page('permission-sets', () => import('../pages/PermissionSets')),
          page('permission-sets/:id', () => import('../pages/PermissionSetPage')),
          page('policy', () => import('../pages/Policy')),
          page('ledger', () => import('../pages/Ledger')),
          page('health', () => import('../pages/Health')),
          page('settings', () => import('../pages/Settings')),
          { path: '*', Component: PageMissing },
        ],
      },
    ],
  },
]
