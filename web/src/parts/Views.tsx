import './views.css'

interface ViewsProps {
  value: string
  onChange: (id: string) => void
  views: { id: string; name: string; count?: number }[]
  label: string
}

/** Which of several looks at the same thing; in the address, so that it can be linked to. */
export function Views({ value, onChange, views, label }: ViewsProps) {
  return (
    <div className="ag-views" role="group" aria-label={label}>
      {views.map((view) => (
        <button key={view.id} type="button" aria-pressed={view.id === value} onClick={() => onChange(view.id)}>
          {view.name}
          {view.count !== undefined && <b>{view.count}</b>}
        </button>
      ))}
    </div>
  )
}
