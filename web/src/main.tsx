import '@cloudscape-design/global-styles/index.css'
import './theme/generated.css'
import './look/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import { applyAppearance } from './look/appearance'
import { watchSettings } from './look/settings'

applyAppearance()
watchSettings(applyAppearance)

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
