import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import { useDeferredValue, useState } from 'react'
import { useAccounts, useEligible } from '../../api/queries'
import { text } from '../../text'

const words = text.ask

interface AccountsFieldProps {
  value: string[]
  set: string
  onChange: (accounts: string[]) => void
  error: string | undefined
}

/** Accounts by name. The server searches: there may be thousands. */
export function AccountsField({ value, set, onChange, error }: AccountsFieldProps) {
  const [wanted, setWanted] = useState('')
  const needle = useDeferredValue(wanted.trim())
  const mine = useEligible(set === '' ? {} : { permission_set: set })
  const found = useAccounts(needle === '' ? {} : { q: needle })
  const open = new Map(mine.rows.map((item) => [item.account.name, item.account]))
  const fits = (account: { name: string; id: string; path: string }) =>
    `${account.name} ${account.id} ${account.path}`.toLowerCase().includes(needle.toLowerCase())
  const others = found.rows.filter((account) => !open.has(account.name) && needle !== '')
  const option = (account: { id: string; name: string; path: string }) => ({
    value: account.name,
    label: account.name,
    description: account.path,
    labelTag: account.id,
  })
  const groups = [
    { label: words.openToYou, options: [...open.values()].filter(fits).slice(0, 200).map(option) },
    { label: words.otherAccounts, options: others.slice(0, 50).map(option) },
  ].filter((group) => group.options.length > 0)
  return (
    <FormField label={words.accounts} errorText={error}>
      <Multiselect
        selectedOptions={value.map((name) => ({ value: name, label: name }))}
        options={groups}
        filteringType="manual"
        filteringPlaceholder={words.findAccount}
        filteringAriaLabel={words.findAccount}
        placeholder={words.pickAccounts}
        statusType={found.isPending || mine.isPending ? 'loading' : (found.error ?? mine.error) ? 'error' : 'finished'}
        loadingText={text.states.loading}
        errorText={words.accountsUnread}
        recoveryText={text.states.again}
        empty={text.palette.nothing}
        expandToViewport
        virtualScroll={groups.reduce((sum, group) => sum + group.options.length, 0) > 100}
        deselectAriaLabel={(one) => words.drop(one.label ?? '')}
        onLoadItems={({ detail }) => {
          setWanted(detail.filteringText)
          if (found.error) found.again()
          if (mine.error) mine.again()
        }}
        onChange={({ detail }) =>
          onChange(detail.selectedOptions.flatMap((one) => (one.value === undefined ? [] : [one.value])))
        }
      />
    </FormField>
  )
}
