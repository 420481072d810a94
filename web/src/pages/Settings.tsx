import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { useMe, useSignOut } from '../app/session'
import { changeSettings, useSettings, type Settings as Kept } from '../look/settings'
import { Moment } from '../parts/Moment'
import { Facts, Page, Section } from '../parts/Page'
import { Views } from '../parts/Views'
import { text } from '../text'
import { isPortal } from './access/aws-links'

const words = text.settings

export default function Settings() {
  const kept = useSettings()
  const me = useMe()
  const signOut = useSignOut()
  return (
    <Page title={text.pages.settings} about={words.about} width="reading">
      <Section title={words.look}>
        <div className="ag-stack">
          <FormField label={words.theme} stretch>
            <Views
              label={words.theme}
              value={kept.theme}
              onChange={(theme) => changeSettings({ theme: theme as Kept['theme'] })}
              views={[
                { id: 'system', name: words.system },
                { id: 'light', name: text.shell.light },
                { id: 'dark', name: text.shell.dark },
              ]}
            />
          </FormField>
          <FormField label={words.density} stretch>
            <Views
              label={words.density}
              value={kept.density}
              onChange={(density) => changeSettings({ density: density as Kept['density'] })}
              views={[
                { id: 'comfortable', name: words.comfortable },
                { id: 'compact', name: words.compact },
              ]}
            />
          </FormField>
          <FormField
            label={words.zone}
            description={words.zoneDetail(Intl.DateTimeFormat().resolvedOptions().timeZone)}
            stretch
          >
            <Views
              label={words.zone}
              value={kept.zone}
              onChange={(zone) => changeSettings({ zone: zone as Kept['zone'] })}
              views={[
                { id: 'local', name: words.local },
                { id: 'utc', name: 'UTC' },
              ]}
            />
          </FormField>
        </div>
      </Section>
      <Section title={words.aws} about={me.access_portal ? words.awsKnown : words.awsDetail}>
        <div className="ag-stack">
          <FormField
            label={words.portal}
            constraintText={words.portalExample}
            errorText={kept.portal === '' || isPortal(kept.portal) ? undefined : words.portalWrong}
          >
            <Input
              value={kept.portal}
              onChange={({ detail }) => changeSettings({ portal: detail.value.trim() })}
              placeholder={me.access_portal?.start_url ?? 'https://d-1234567890.awsapps.com/start'}
              spellcheck={false}
            />
          </FormField>
          <FormField label={words.region}>
            <Input
              value={kept.region}
              onChange={({ detail }) => changeSettings({ region: detail.value.trim() })}
              placeholder={me.access_portal?.region ?? 'us-east-1'}
              spellcheck={false}
            />
          </FormField>
        </div>
      </Section>
      <Section
        title={words.session}
        actions={
          <Button loading={signOut.isPending} onClick={() => signOut.mutate()}>
            {text.shell.signOut}
          </Button>
        }
      >
        <Facts
          columns={2}
          items={[
            {
              label: words.who,
              value: me.user ? `${me.user.display_name} (${me.user.user_name})` : text.shell.administrator,
            },
            { label: words.groups, value: me.groups.map((group) => group.name).join(', ') || text.none },
            { label: words.ends, value: <Moment at={me.token.expires_at} as="both" /> },
            { label: words.token, value: <span className="ag-mono">{me.token.id}</span> },
            ...(me.limits
              ? [
                  {
                    label: words.openRequests,
                    value: words.used(me.limits.open_requests.used, me.limits.open_requests.most),
                  },
                  {
                    label: words.liveGrants,
                    value: words.used(me.limits.live_grants.used, me.limits.live_grants.most),
                  },
                ]
              : []),
          ]}
        />
      </Section>
    </Page>
  )
}
