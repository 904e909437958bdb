/** Public pages: questions and answers, and how to reach a person. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearch } from 'wouter';
import { plansQuery } from '../api/queries.js';
import { common } from '../messages/common.js';
import { help } from '../messages/help.js';
import { AlertIcon } from '../parts/icons.js';
import { Page } from '../parts/page.js';
import { Card, Empty } from '../parts/status.js';
import css from './help.module.css';

const { support } = help;

export function FaqPage() {
  const { data } = useQuery(plansQuery);
  return (
    <Page
      title={help.title}
      lead={help.lead}
      aside={
        <Button component={Link} href="/support" variant="default">
          {common.footer.support}
        </Button>
      }
    >
      <Card>
        {help.items.map(({ question, answer }) => (
          <details key={question} className={css['item']}>
            <summary>{question}</summary>
            <p>{answer}</p>
          </details>
        ))}
      </Card>
      {data && data.games.length > 0 && (
        <Card title={help.install}>
          <p className={css['lead']}>{help.installLead}</p>
          <ul className={css['list']}>
            {data.games.map(({ id, name, usualInstallMinutes, longestInstallMinutes }) => (
              <li key={id}>{help.installRow(name, usualInstallMinutes, longestInstallMinutes)}</li>
            ))}
          </ul>
        </Card>
      )}
    </Page>
  );
}

/** The order's number goes along in the mail. */
const mailTo = (email: string, orderId: string): string => `mailto:${email}?subject=${encodeURIComponent(support.subject(orderId))}`;

/** The site gets it as a parameter. */
const siteOf = (url: string, orderId: string): string => {
  const site = new URL(url);
  if (orderId !== '') site.searchParams.set('order', orderId);
  return site.href;
};

export function SupportPage() {
  const search = useSearch();
  const { data } = useQuery(plansQuery);
  const [orderId, setOrderId] = useState(() => new URLSearchParams(search).get('order') ?? '');
  const { email = null, url = null } = data?.support ?? {};
  if (data && email === null && url === null)
    return (
      <Page title={support.title}>
        <Empty
          icon={<AlertIcon />}
          title={support.none.title}
          text={support.none.text}
          action={<Link href="/help">{support.beforeLink}</Link>}
        />
      </Page>
    );
  return (
    <Page title={support.title} lead={support.lead}>
      <Card>
        <Stack>
          <TextInput
            label={support.orderId}
            description={support.orderIdHint}
            value={orderId}
            onChange={(event) => setOrderId(event.currentTarget.value.trim())}
          />
          <Group>
            {email !== null && (
              <Button component="a" href={mailTo(email, orderId)}>
                {support.mail}
              </Button>
            )}
            {url !== null && (
              <Button component="a" href={siteOf(url, orderId)} target="_blank" rel="noreferrer" variant="default">
                {support.site}
              </Button>
            )}
          </Group>
        </Stack>
      </Card>
      <p>
        {support.before}: <Link href="/help">{support.beforeLink}</Link>
      </p>
    </Page>
  );
}
