import { Problem, unreachable } from '../../api/problem'
import { saveAs } from '../../parts/csv'

/**
 * The whole ledger as JSON lines, piece by piece, byte for byte as the server gives it: the leaf hashes are made from
 * these bytes. Read without the typed client, which would make a text of them.
 */
export async function exportLedger(onRead: (entries: number) => void): Promise<void> {
  const pieces: Blob[] = []
  for (let from: string | null = '0'; from !== null;) {
    const response: Response = await fetch(`/v1/audit/export?from=${from}`, { credentials: 'same-origin' }).catch(
      () => {
        throw unreachable()
      },
    )
    if (!response.ok) throw new Problem(response.status, (await response.json().catch(() => ({}))) as object)
    pieces.push(await response.blob())
    from = response.headers.get('AccessGuard-Next')
    if (from !== null) onRead(Number(from))
  }
  saveAs('accessguard-ledger.jsonl', new Blob(pieces, { type: 'application/jsonl' }))
}
