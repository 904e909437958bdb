/** What all pages have in common: a title, and what is shown while they load or when they break. */
import { Button } from '@mantine/core';
import { Component, useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';
import { report } from '../api/report.js';
import { common } from '../messages/common.js';
import { AlertIcon, BackIcon } from './icons.js';
import css from './page.module.css';
import { Empty } from './status.js';

export const useTitle = (title: string): void => {
  useEffect(() => {
    document.title = common.titleOf(title);
  }, [title]);
};

interface PageProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly back?: { readonly href: string; readonly label: string };
  readonly aside?: ReactNode;
  readonly narrow?: boolean;
  readonly children: ReactNode;
}

export function Page({ title, lead, back, aside, narrow = false, children }: PageProps) {
  useTitle(title);
  return (
    <div className={narrow ? css['narrow'] : css['page']}>
      {back && (
        <Link className={css['back'] ?? ''} href={back.href}>
          <BackIcon size={16} /> {back.label}
        </Link>
      )}
      <div className={css['head']}>
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <div className={css['lead']}>{lead}</div>}
        </div>
        {aside}
      </div>
      {children}
    </div>
  );
}

export function NotFound() {
  const { title, text, home } = common.notFound;
  useTitle(title);
  return (
    <>
      <h1 className={css['hidden']}>{title}</h1>
      <Empty
        icon={<AlertIcon />}
        title={title}
        text={text}
        action={
          <Button component={Link} href="/">
            {home}
          </Button>
        }
      />
    </>
  );
}

/** A page that throws takes only itself down. */
export class Guarded extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidCatch(error: unknown): void {
    report('render', error);
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const { title, text, reload } = common.crashed;
    return <Empty icon={<AlertIcon />} title={title} text={text} action={<Button onClick={() => location.reload()}>{reload}</Button>} />;
  }
}
