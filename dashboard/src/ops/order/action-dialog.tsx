/** One act, before it is done: with what, what will happen, what is recorded, and why it is done. */
import { Checkbox, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { opsActs } from '../../messages/ops-acts.js';
import { minorOf } from '../../parts/currency.js';
import { money } from '../../parts/format.js';
import { Note } from '../../parts/status.js';
import { Ask, Effects } from './ask.js';
import { perform, readAgain, type OrderActionView } from './order-queries.js';
import css from './order.module.css';
import { useKeyOf } from './use-key.js';

const { actions: words } = opsActs;
const BEST = '';
type Choice = OrderActionView['choices'][number];

const firstOf = ({ action, choices }: OrderActionView): string =>
  action === 'move' ? BEST : (choices.find(({ refusal }) => refusal === null)?.value ?? '');

function Choices({ action, value, onChange }: { action: OrderActionView; value: string; onChange: (value: string) => void }) {
  const { choices } = action;
  if (choices.length === 0) return null;
  return (
    <Radio.Group label={words.choices[action.action]} value={value} onChange={onChange}>
      <Stack gap="xs" mt="xs">
        {action.action === 'move' && <Radio value={BEST} label={words.best} />}
        {choices.map((choice) => (
          <Radio
            key={choice.value}
            value={choice.value}
            label={choice.words}
            disabled={choice.refusal !== null}
            description={choice.refusal ?? undefined}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function Amount({ choice, text, onChange }: { choice: Choice; text: string; onChange: (text: string) => void }) {
  const { amountMinor, currency, endsService } = choice;
  if (amountMinor === null || currency === null) return null;
  const wanted = minorOf(text, currency);
  const isWrong = !isWithin(wanted, amountMinor);
  return (
    <>
      <TextInput
        label={words.amount(currency.toUpperCase())}
        description={words.most(money(amountMinor, currency))}
        value={text}
        inputMode="decimal"
        onChange={(event) => onChange(event.currentTarget.value)}
        error={isWrong ? words.amountWrong : undefined}
      />
      {endsService && wanted === amountMinor && (
        <Note tone="warn">
          <p>{words.endsService}</p>
        </Note>
      )}
    </>
  );
}

const isWithin = (wanted: number | undefined, most: number): boolean => wanted !== undefined && wanted > 0 && wanted <= most;

/** What comes of a refund is Stripe's word, which nobody can foretell. */
function Then({ preview, isTold }: { preview: NonNullable<OrderActionView['preview']>; isTold: boolean }) {
  return (
    <dl className={css['then']}>
      <div>
        <dt>{words.recorded}</dt>
        <dd>
          {preview.records.map((type) => (
            <code key={type}>{type}</code>
          ))}
        </dd>
      </div>
      {isTold && (
        <div>
          <dt>{words.then}</dt>
          <dd>{preview.next.why}</dd>
        </div>
      )}
    </dl>
  );
}

interface DialogProps {
  readonly orderId: string;
  readonly action: OrderActionView;
  readonly onClose: () => void;
  readonly onDone: (action: OrderActionView['action']) => void;
}

const useAmount = (chosen: Choice | undefined) => {
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const most = chosen?.amountMinor ?? null;
  const currency = chosen?.currency ?? null;
  if (!chosen || most === null || currency === null) return { text: '', setText: () => undefined, amountMinor: undefined, isRight: true };
  const text = typed[chosen.value] ?? inUnits(most, currency);
  const amountMinor = minorOf(text, currency);
  const setText = (next: string): void => setTyped({ ...typed, [chosen.value]: next });
  return { text, setText, amountMinor, isRight: isWithin(amountMinor, most) };
};

const inUnits = (amountMinor: number, currency: string): string => {
  const one = minorOf('1', currency) ?? 1;
  return (amountMinor / one).toFixed(Math.round(Math.log10(one)));
};

export function ActionDialog({ orderId, action, onClose, onDone }: DialogProps) {
  const client = useQueryClient();
  const keyOf = useKeyOf();
  const [reason, setReason] = useState('');
  const [value, setValue] = useState(() => firstOf(action));
  const [isSure, setSure] = useState(false);
  const chosen = action.choices.find((choice) => choice.value === value);
  const { text, setText, amountMinor, isRight } = useAmount(chosen);
  const act = useMutation({
    mutationFn: () => {
      const choice = value === '' ? undefined : value;
      const wish = { orderId, action: action.action, reason: reason.trim(), choice, amountMinor, acceptDataLoss: isSure };
      return perform(wish, keyOf(wish));
    },
    onSuccess: () => onDone(action.action),
    onSettled: () => readAgain(client, orderId),
  });
  return (
    <Ask
      reason={reason}
      onReason={setReason}
      doing={words.names[action.action]}
      isHard={action.losesData || action.action === 'end'}
      isReady={isRight && (!action.losesData || isSure)}
      act={{ ...act, mutate: () => act.mutate() }}
      onClose={onClose}
    >
      <Effects of={action.effects} />
      <Choices action={action} value={value} onChange={setValue} />
      {chosen && action.action === 'refund' && <Amount choice={chosen} text={text} onChange={setText} />}
      {action.preview && <Then preview={action.preview} isTold={action.action !== 'refund'} />}
      {action.losesData && <Checkbox checked={isSure} onChange={(event) => setSure(event.currentTarget.checked)} label={words.loss} />}
    </Ask>
  );
}
