// Random cases, the same for the same seed: policies that AWS would take, and requests that often meet them.

export function randomOf(seed) {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n
  const next = () => {
    state = (state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn
    return Number((z ^ (z >> 31n)) >> 11n)
  }
  const below = (limit) => next() % limit
  return { below, chance: (percent) => below(100) < percent, pick: (list) => list[below(list.length)] }
}

const A = '111122223333'
const B = '444455556666'
const PRINCIPALS = [
  `arn:aws:iam::${A}:user/Ann`,
  `arn:aws:iam::${A}:user/Ann`,
  `arn:aws:sts::${A}:assumed-role/Deploy/ann`,
  `arn:aws:sts::${A}:assumed-role/Deploy/ann`,
  `arn:aws:iam::${A}:role/Deploy`,
  `arn:aws:sts::${A}:federated-user/Ann`,
  `arn:aws:iam::${B}:user/Bob`,
  `arn:aws:sts::${B}:assumed-role/Other/bob`,
  `arn:aws:iam::${A}:root`,
  'lambda.amazonaws.com',
]
const REQUESTS = [
  ['s3:GetObject', 'arn:aws:s3:::bucket/Ann/file'],
  ['s3:PutObject', 'arn:aws:s3:::bucket/blue/x'],
  ['s3:ListBucket', 'arn:aws:s3:::bucket'],
  ['sqs:SendMessage', `arn:aws:sqs:eu-west-1:${A}:orders`],
  ['sqs:ReceiveMessage', `arn:aws:sqs:eu-west-1:${A}:blue-queue`],
  ['kms:Decrypt', `arn:aws:kms:eu-west-1:${A}:key/1234abcd`],
  ['sts:AssumeRole', `arn:aws:iam::${A}:role/Target`],
  ['dynamodb:PutItem', `arn:aws:dynamodb:eu-west-1:${A}:table/Thread`],
  ['lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${A}:function:blue`],
  ['ec2:StartInstances', `arn:aws:ec2:eu-west-1:${A}:instance/i-0123456789abcdef0`],
]
const ACTIONS = ['*', '*', 's3:*', 's3:Get*', 'S3:getobject', 's3:?etObject', 's3:*Object', 'sqs:*', 'sqs:Send*', 'kms:*',
  'kms:Decrypt', 'sts:AssumeRole', 'dynamodb:Put*', 'lambda:Invoke*', 'ec2:*', 'ec2:Start*', 'iam:*']
const RESOURCES = ['*', '*', '*', 'arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/*', 'arn:aws:s3:::*/file', 'arn:aws:s3:::b*',
  'arn:aws:s3:::bucket/${aws:username}/*', "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'blue'}/*",
  `arn:aws:sqs:*:${A}:orders`, 'arn:aws:sqs:eu-*:*:*', 'arn:aws:sqs:*:*:${aws:PrincipalTag/team}-queue',
  'arn:aws:kms:*:*:key/*', 'arn:aws:iam::*:role/*', 'arn:aws:dynamodb:*:*:table/T?read',
  'arn:aws:lambda:*:*:function:*', 'arn:aws:ec2:*:*:instance/*']

// Key, operators that fit it, values of a policy, values of a request; several: a key with many values.
const KEYS = [
  ['aws:PrincipalTag/team', 'String', ['blue', 'Blue', 'b*', 'red', '?lue'], ['blue', 'Blue', 'red', '']],
  ['aws:username', 'String', ['Ann', 'ann', 'A*', '${aws:PrincipalTag/team}'], ['Ann', 'Bob']],
  ['aws:RequestedRegion', 'String', ['eu-west-1', 'eu-*', 'us-east-1'], ['eu-west-1', 'us-east-1']],
  ['aws:PrincipalOrgID', 'String', ['o-a1b2c3d4e5', 'o-*'], ['o-a1b2c3d4e5', 'o-zzzzzzzzzz']],
  ['aws:SecureTransport', 'Bool', ['true', 'false', 'True'], ['true', 'false']],
  ['aws:MultiFactorAuthPresent', 'Bool', ['true', 'false'], ['true', 'false']],
  ['aws:MultiFactorAuthAge', 'Numeric', ['300', '3600', '10.5'], ['0', '300', '7200']],
  ['aws:CurrentTime', 'Date', ['2026-01-01T00:00:00Z', '2026-06-01T12:00:00Z'],
    ['2025-12-31T23:59:59Z', '2026-01-01T00:00:00Z', '2026-03-04T05:06:07Z', '2027-01-01T00:00:00Z']],
  ['aws:TokenIssueTime', 'Date', ['2026-01-01T00:00:00Z'], ['2026-01-01T00:00:00Z', '2026-03-04T05:06:07Z']],
  ['aws:SourceIp', 'IpAddress', ['203.0.113.0/24', '10.0.0.0/8', '2001:db8::/32', '203.0.113.7'],
    ['203.0.113.7', '10.1.2.3', '8.8.8.8', '2001:db8::1']],
  ['aws:SourceArn', 'Arn', ['arn:aws:sns:*:111122223333:*', 'arn:aws:s3:::bucket', 'arn:aws:s3:::b*'],
    ['arn:aws:sns:eu-west-1:111122223333:topic', 'arn:aws:s3:::bucket']],
  ['aws:PrincipalArn', 'Arn', ['arn:aws:iam::*:role/Deploy', 'arn:aws:iam::111122223333:*'],
    ['arn:aws:iam::111122223333:role/Deploy', 'arn:aws:iam::111122223333:user/Ann']],
]
const MANY = [
  ['aws:TagKeys', ['team', 'cost', 't*'], ['team', 'cost', 'other']],
  ['aws:PrincipalOrgPaths', ['o-a1b2c3d4e5/*', 'o-a1b2c3d4e5/r-1/ou-1/'], ['o-a1b2c3d4e5/r-1/ou-1/', 'o-zzzzzzzzzz/r-2/']],
]
const OPERATORS = {
  String: ['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', 'StringLike', 'StringNotLike'],
  Bool: ['Bool'],
  Numeric: ['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals', 'NumericGreaterThan', 'NumericGreaterThanEquals'],
  Date: ['DateEquals', 'DateNotEquals', 'DateLessThan', 'DateLessThanEquals', 'DateGreaterThan', 'DateGreaterThanEquals'],
  IpAddress: ['IpAddress', 'NotIpAddress'],
  Arn: ['ArnEquals', 'ArnNotEquals', 'ArnLike', 'ArnNotLike'],
}

function some(random, list, most) {
  const all = Array.from({ length: 1 + random.below(most) }, () => random.pick(list))
  return random.chance(50) && all.length === 1 ? all[0] : [...new Set(all)]
}

function condition(random) {
  const block = {}
  for (let i = random.below(2); i >= 0; --i) {
    let operator, key, values
    if (random.chance(15)) {
      const [name, wanted] = random.pick(MANY)
      operator = random.pick(['ForAllValues:', 'ForAnyValue:']) + random.pick(OPERATORS.String)
      ;[key, values] = [name, some(random, wanted, 2)]
    } else {
      const [name, kind, wanted] = random.pick(KEYS)
      operator = random.chance(10) ? 'Null' : random.pick(OPERATORS[kind])
      ;[key, values] = [name, operator === 'Null' ? random.pick(['true', 'false']) : some(random, wanted, 2)]
    }
    if (operator !== 'Null' && random.chance(25)) operator += 'IfExists'
    block[operator] = { ...block[operator], [key]: values }
  }
  return block
}

function principals(random) {
  if (random.chance(25)) return random.chance(50) ? '*' : { AWS: '*' }
  if (random.chance(10)) return { Service: 'lambda.amazonaws.com' }
  const names = PRINCIPALS.filter((name) => name.startsWith('arn:')).concat([A, B, `arn:aws:iam::${B}:root`])
  return { AWS: some(random, names, 2) }
}

function statement(random, kind) {
  const effect = kind === 'rcp' || random.chance(18) ? 'Deny' : 'Allow'
  const result = { Effect: effect }
  const actions = kind === 'rcp' ? ['s3:*', 'sqs:*', 'kms:*', 'sts:*', 's3:Get*'] : ACTIONS
  result[kind !== 'rcp' && random.chance(12) ? 'NotAction' : 'Action'] = kind !== 'rcp' && random.chance(25) ? '*' : some(random, actions, 3)
  if (kind === 'trust') result.Action = 'sts:AssumeRole'
  if (kind === 'trust') delete result.NotAction
  else result[random.chance(12) ? 'NotResource' : 'Resource'] = random.chance(30) ? '*' : some(random, RESOURCES, 2)
  if (kind === 'rcp') result.Principal = '*'
  else if (kind === 'resource' || kind === 'trust')
    result[effect === 'Deny' && random.chance(20) ? 'NotPrincipal' : 'Principal'] = principals(random)
  if (random.chance(35)) result.Condition = condition(random)
  return result
}

function policy(random, kind) {
  return { Version: '2012-10-17', Statement: Array.from({ length: 1 + random.below(3) }, () => statement(random, kind)) }
}

function policies(random, kind, most) {
  return Array.from({ length: 1 + random.below(most) }, (_, i) => ({ name: `${kind}${i}`, policy: policy(random, kind) }))
}

export function caseOf(seed) {
  const random = randomOf(seed)
  const principal = random.pick(PRINCIPALS)
  const [action, resource] = random.pick(REQUESTS)
  const has_identity = principal.startsWith('arn:')
  const is_session = principal.includes(':assumed-role/') || principal.includes(':role/') || principal.includes(':federated-user/')
  const context = {}
  for (const [key, , , values] of KEYS) if (random.chance(60)) context[key] = random.pick(values)
  for (const [key, , values] of MANY)
    if (random.chance(60)) context[key] = [...new Set(Array.from({ length: random.below(3) + (random.chance(90) ? 1 : 0) }, () => random.pick(values)))]
  const levels = (kind, percent, most) =>
    random.chance(percent) ? Array.from({ length: 1 + random.below(most) }, (_, i) => ({ org: `ou-${i}`, policies: policies(random, kind, 2) })) : []
  const limited = has_identity && !principal.endsWith(':root')
  return {
    request: { principal, action, resource, resourceAccount: random.chance(75) || !has_identity ? A : B, context },
    identityPolicies: limited ? policies(random, 'identity', 3) : [],
    permissionBoundaries: limited && random.chance(20) ? policies(random, 'boundary', 1) : null,
    sessionPolicy: is_session && random.chance(20) ? policy(random, 'session') : null,
    scps: has_identity ? levels('scp', 30, 3) : [],
    rcps: levels('rcp', 15, 2),
    resourcePolicy: random.chance(50) ? policy(random, action === 'sts:AssumeRole' ? 'trust' : 'resource') : null,
  }
}
