/** An id, short enough for its place, that is copied whole. */
import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { common } from '../../messages/common.js';
import { CheckIcon, CopyIcon } from '../../parts/icons.js';
import { Short } from '../short.js';
import css from './order.module.css';

export function Id({ id, what }: { id: string; what: string }) {
  return (
    <span className={css['id']}>
      <Short id={id} />
      <CopyButton value={id} timeout={1_500}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? common.copied : common.copy}>
            <ActionIcon variant="subtle" size="xs" onClick={copy} aria-label={copied ? common.copied : common.copyOf(what)}>
              {copied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}
