import Button, { type ButtonProps } from '@cloudscape-design/components/button'
import { useNavigate } from 'react-router'

/** A button that goes somewhere within the console, and can be opened in a new tab. */
export function LinkButton({ to, ...rest }: { to: string } & Omit<ButtonProps, 'href' | 'onFollow'>) {
  const navigate = useNavigate()
  return (
    <Button
      {...rest}
      href={to}
      onFollow={(event) => {
        event.preventDefault()
        void navigate(to)
      }}
    />
  )
}
