/** The product's mark: a ring that closes, a clock's hand within. */
export function Mark() {
  return (
    <svg className="ag-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" className="ag-mark__ground" />
      <path d="M16 7.500a8.500 8.500 0 1 1-8.300 6.600" className="ag-mark__ring" />
      <path d="M16 11.500v4.800l3.100 2.100" className="ag-mark__hand" />
    </svg>
  )
}
