/** Nodes: how their room is shared out, what is held on them, and whether they are used. */
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { plansQuery, type PlansView } from '../../api/queries.js';
import { ops } from '../../messages/ops.js';
import { gib, number, percent } from '../../parts/format.js';
import { Page } from '../../parts/page.js';
import { Card, Note, Pill, type Tone } from '../../parts/status.js';
import { drainNode, setNode } from '../actions.js';
import { DeedDialog, REASON, type Deed } from '../deed.js';
import { RoomMeter } from '../node-room.js';
import { nodesQuery, type NodeWithRoom } from '../queries.js';
import { Read } from '../read.js';
import { Reasons } from '../reasons.js';
import { Short } from '../short.js';
import css from './nodes.module.css';

const words = ops.nodes;
const TONES: Readonly<Record<NodeWithRoom['status'], Tone>> = { enabled: 'good', disabled: 'calm', draining: 'warn' };

const setOf = (node: NodeWithRoom, offer: PlansView | undefined): Deed => ({
  ...words.set(node.nodeId),
  fields: [
    {
      name: 'region',
      label: words.region,
      kind: 'choice',
      initial: node.region,
      choices: (offer?.regions ?? [{ id: node.region, name: node.region }]).map(({ id, name }) => ({ value: id, label: name })),
    },
    { name: 'reserveMemoryMib', label: words.reserveMemory, kind: 'number', initial: String(node.reserveMemoryMib) },
    { name: 'reserveDiskMib', label: words.reserveDisk, kind: 'number', initial: String(node.reserveDiskMib) },
    { name: 'enabled', label: words.enabled, kind: 'check', initial: node.status === 'enabled' ? 'on' : '' },
    REASON,
  ],
  carryOut: ({ region = '', reserveMemoryMib, reserveDiskMib, enabled, reason = '' }) =>
    setNode(node.nodeId, {
      region,
      reserveMemoryMib: Number(reserveMemoryMib),
      reserveDiskMib: Number(reserveDiskMib),
      enabled: enabled !== undefined,
      reason,
    }),
});

const drainOf = ({ nodeId, status }: NodeWithRoom): Deed => {
  const drain = status !== 'draining';
  const said = drain ? words.drain(nodeId) : words.undrain(nodeId);
  return { ...said, isDangerous: drain, fields: [REASON], carryOut: ({ reason = '' }) => drainNode(nodeId, { drain, reason }) };
};

function Room({ node }: { node: NodeWithRoom }) {
  const held = Object.values(node.holds).reduce((total, { ports }) => total + ports, 0);
  return (
    <dl className={css['room']}>
      <div>
        <dt>{words.memory}</dt>
        <dd>
          <RoomMeter node={node} of="memory" label={words.memory} />
          {words.freeOf(gib(node.freeMemoryMib), gib(node.memoryMib))}
        </dd>
      </div>
      <div>
        <dt>{words.disk}</dt>
        <dd>
          <RoomMeter node={node} of="disk" label={words.disk} />
          {words.freeOf(gib(node.freeDiskMib), gib(node.diskMib))}
        </dd>
      </div>
      <div>
        <dt>{words.ports}</dt>
        <dd>{words.portsOf(number(node.freeAllocations), number(node.allocations), number(held))}</dd>
      </div>
    </dl>
  );
}

function Holds({ holds }: Pick<NodeWithRoom, 'holds'>) {
  const [isOpen, setOpen] = useState(false);
  const all = Object.entries(holds);
  if (all.length === 0) return <p className={css['note']}>{words.noHolds}</p>;
  return (
    <>
      <Button className={css['open'] ?? ''} size="compact-sm" variant="light" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {words.holds(all.length)}
      </Button>
      {isOpen && (
        <ul className={css['holds']}>
          {all.map(([orderId, { memoryMib, committed }]) => (
            <li key={orderId}>
              <Link href={`/ops/orders/${orderId}`}>
                <Short id={orderId} />
              </Link>
              <span>{words.memoryOf(gib(memoryMib))}</span>
              <span>{committed ? words.legend.committed : words.legend.held}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Node({ node, offer, ask }: { node: NodeWithRoom; offer: PlansView | undefined; ask: (deed: Deed) => void }) {
  return (
    <Card className={css['node']}>
      <div className={css['head']}>
        <h2>{words.name(node.nodeId)}</h2>
        <span className={css['note']}>{node.region}</span>
        <Pill tone={TONES[node.status]}>{words.statuses[node.status]}</Pill>
      </div>
      <p className={css['promised']}>
        {words.held(percent(node.promised))}{' '}
        {node.promised >= words.pressureFrom && <Pill tone={node.pressure === 'critical' ? 'bad' : 'warn'}>{words.pressure}</Pill>}
      </p>
      <Room node={node} />
      <Holds holds={node.holds} />
      <Reasons subjectId={`node-${node.nodeId}`} />
      <div className={css['acts']}>
        <Button size="compact-sm" variant="default" onClick={() => ask(setOf(node, offer))}>
          {words.setIt}
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => ask(drainOf(node))}>
          {node.status === 'draining' ? words.undrainIt : words.drainIt}
        </Button>
      </div>
    </Card>
  );
}

export default function NodesPage() {
  const read = useQuery(nodesQuery);
  const { data: offer } = useQuery(plansQuery);
  const [deed, setDeed] = useState<Deed>();
  return (
    <Page title={words.title} lead={words.lead}>
      <p className={css['legend']} aria-hidden="true">
        {Object.entries(words.legend).map(([part, name]) => (
          <span key={part} data-part={part}>
            {name}
          </span>
        ))}
      </p>
      <Read read={read}>
        {(nodes) =>
          nodes.length === 0 ? (
            <Note tone="warn">{words.none}</Note>
          ) : (
            <div className={css['grid']}>
              {nodes.map((node) => (
                <Node key={node.nodeId} node={node} offer={offer} ask={setDeed} />
              ))}
            </div>
          )
        }
      </Read>
      <DeedDialog deed={deed} onClose={() => setDeed(undefined)} />
    </Page>
  );
}
