// Why the two differ. docs/iam.md says of each class what AWS's guide says and why ours is as it is.
//
// A class is a rewriting: the case as it must be written for iam-simulate to mean what AccessGuard takes it to mean. A
// difference is explained when iam-simulate answers the rewritten case as AccessGuard answered the case itself.

const copyOf = (one) => structuredClone(one)

function documentsOf(one) {
  const lists = [one.identityPolicies, one.permissionBoundaries ?? [], ...one.scps.map((level) => level.policies), ...one.rcps.map((level) => level.policies)]
  const documents = lists.flat().map(({ policy }) => policy)
  if (one.sessionPolicy) documents.push(one.sessionPolicy)
  if (one.resourcePolicy) documents.push(one.resourcePolicy)
  return documents
}
const statementsOf = (one) => documentsOf(one).flatMap((document) => document.Statement)
const listOf = (value) => (Array.isArray(value) ? value : [value])
const absent = (one, key) => (one.request.context[key] ?? []).length === 0

/// The case with every text of its policies replaced; nothing when that changes nothing.
function replaced(one, from, to) {
  const { request, ...policies } = one
  const before = JSON.stringify(policies)
  const after = before.replaceAll(from, to)
  return before === after ? null : { request, ...JSON.parse(after) }
}

export const classes = [
  {
    name: 'the root user needs no identity policy',
    rewrite(one) {
      if (!one.request.principal.endsWith(':root')) return null
      const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
      return { ...one, identityPolicies: [{ name: 'everything', policy: everything }] }
    },
  },
  {
    name: 'a role without a trust policy lets nobody in',
    rewrite(one) {
      if (one.request.action !== 'sts:AssumeRole' || one.resourcePolicy) return null
      const nobody = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::777788889999:user/Nobody' } }
      return { ...one, resourcePolicy: { Version: '2012-10-17', Statement: [nobody] } }
    },
  },
  {
    name: 'a session policy does not limit what a resource grants to the session itself',
    rewrite(one) {
      return one.sessionPolicy && one.resourcePolicy ? { ...one, sessionPolicy: null } : null
    },
  },
  {
    name: 'NotPrincipal: an account beside its principal, and a role beside its session, spare nobody else',
    rewrite(one) {
      const account = (name) => (/^\d{12}$/.test(name) ? name : name.split(':')[4])
      const isAccount = (name) => /^\d{12}$|:root$/.test(name)
      const role = (name) => name.match(/:assumed-role\/(.*)\//)?.[1]
      const copy = copyOf(one)
      let changed = false
      for (const { NotPrincipal } of statementsOf(copy)) {
        if (!Array.isArray(NotPrincipal?.AWS)) continue
        const names = NotPrincipal.AWS
        // The root user is named by its account's ARN, and by nothing else.
        const mine = (name) => one.request.principal === name
        const accompanies = (name) =>
          names.some((other) => (isAccount(name) ? !isAccount(other) && account(other) === account(name) : role(other) && account(other) === account(name) && name.endsWith(`/${role(other)}`)))
        const kept = names.filter((name) => mine(name) || !accompanies(name))
        changed ||= kept.length < names.length
        NotPrincipal.AWS = kept
      }
      return changed ? copy : null
    },
  },
  {
    name: 'ForAnyValue with IfExists holds when the key is absent',
    rewrite(one) {
      const copy = copyOf(one)
      let changed = false
      for (const { Condition = {} } of statementsOf(copy))
        for (const [operator, keys] of Object.entries(Condition))
          for (const key of Object.keys(keys)) {
            if (!/^ForAnyValue:.*IfExists$/.test(operator) || !absent(one, key)) continue
            delete keys[key]
            if (Object.keys(keys).length === 0) delete Condition[operator]
            changed = true
          }
      return changed ? copy : null
    },
  },
  {
    name: 'a variable at the beginning of the resource part is replaced',
    rewrite(one) {
      const value = one.request.context['aws:PrincipalTag/team']
      if (value !== undefined) return replaced(one, ':${aws:PrincipalTag/team}-queue', `:${value}-queue`)
      // Without a value, of what NotResource leaves out nothing is known: the statement means nothing for such queues.
      const copy = copyOf(one)
      let changed = false
      for (const document of documentsOf(copy)) {
        const kept = document.Statement.filter(({ NotResource }) => !listOf(NotResource).some((text) => text?.includes('${aws:PrincipalTag/team}-queue')))
        changed ||= kept.length < document.Statement.length
        document.Statement = kept
      }
      return changed && one.request.resource.endsWith('-queue') ? copy : null
    },
  },
  {
    name: 'an empty value is a value: no default stands in for it',
    rewrite: (one) => (one.request.context['aws:PrincipalTag/team'] === '' ? replaced(one, "${aws:PrincipalTag/team, 'blue'}", '') : null),
  },
  {
    name: 'NotResource with a variable without a value, whose text cannot fit anyway',
    rewrite(one) {
      if (!absent(one, 'aws:username') || one.request.resource.startsWith('arn:aws:s3:::bucket/')) return null
      const copy = copyOf(one)
      let changed = false
      for (const statement of statementsOf(copy)) {
        if (!JSON.stringify(statement.NotResource ?? '').includes('${aws:username}')) continue
        statement.NotResource = listOf(statement.NotResource).map((text) => text.replace('${aws:username}', 'nobody'))
        changed = true
      }
      return changed ? copy : null
    },
  },
  {
    name: 'an IPv6 address is outside of an IPv4 address',
    rewrite: (one) => (one.request.context['aws:SourceIp']?.includes('::') ? replaced(one, '"203.0.113.7"', '"203.0.113.7/32"') : null),
  },
]
