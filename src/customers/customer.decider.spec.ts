import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, CUSTOMER } from '../../test/support/samples.js';
import {
  changeEmail,
  claimAccount,
  customerDecider,
  intendLink,
  intendUpdate,
  recordConflict,
  recordLink,
  recordLinkFailure,
  recordUpdate,
  registerCustomer,
  rename,
} from './customer.decider.js';
import type { CustomerEvent } from './customer.events.js';
import { nextPanelAccountStep } from './panel-account.saga.js';

const given = specification(customerDecider);
const DEADLINE = '2026-11-01T10:00:20.000Z';
const registered: CustomerEvent = { type: 'CustomerRegistered', data: { customerId: CUSTOMER, registeredAt: AT } };
const intended: CustomerEvent = { type: 'PanelAccountLinkIntended', data: { customerId: CUSTOMER, attempt: 1, callDeadlineAt: DEADLINE } };
const linked: CustomerEvent = { type: 'PanelAccountLinked', data: { customerId: CUSTOMER, panelUserId: 7, how: 'created', linkedAt: AT } };
const conflicted: CustomerEvent = {
  type: 'PanelAccountConflicted',
  data: { customerId: CUSTOMER, code: 'PANEL_EMAIL_TAKEN', conflictedAt: AT },
};
const claimed = {
  type: 'PanelAccountClaimed',
  data: { customerId: CUSTOMER, how: 'operator', panelUserId: 9, noteId: 'note-1', claimedAt: AT },
} as const;
const failed: CustomerEvent = {
  type: 'PanelAccountLinkFailed',
  data: { customerId: CUSTOMER, attempt: 1, code: 'Http502', retryAt: DEADLINE },
};

describe('a customer', () => {
  it('registers once', () => {
    given()
      .when(registerCustomer({ customerId: CUSTOMER, at: AT }))
      .then(registered);
    given(registered)
      .when(registerCustomer({ customerId: CUSTOMER, at: AT }))
      .thenNothing();
  });
  it('has one link under way at a time', () => {
    given(registered)
      .when(intendLink({ at: AT, callDeadlineAt: DEADLINE }))
      .then(intended);
    given(registered, intended)
      .when(intendLink({ at: AT, callDeadlineAt: DEADLINE }))
      .thenRefused('PANEL_LINK_CLAIMED');
    given(registered, intended, linked)
      .when(intendLink({ at: AT, callDeadlineAt: DEADLINE }))
      .thenRefused('PANEL_LINK_NOT_OPEN');
    given(registered, intended)
      .when(intendLink({ at: DEADLINE, callDeadlineAt: '2026-11-01T10:00:40.000Z' }))
      .then({ type: 'PanelAccountLinkIntended', data: { customerId: CUSTOMER, attempt: 2, callDeadlineAt: '2026-11-01T10:00:40.000Z' } });
  });
  it('is linked to one panel user for good', () => {
    given(registered, intended)
      .when(recordLink({ panelUserId: 7, how: 'created', at: AT }))
      .then(linked);
    given(registered, intended, linked)
      .when(recordLink({ panelUserId: 8, how: 'found', at: AT }))
      .thenNothing();
  });
  it('is in conflict when the panel knows the e-mail', () => {
    given(registered, intended)
      .when(recordConflict({ code: 'PANEL_EMAIL_TAKEN', at: AT }))
      .then(conflicted);
    given(registered, intended, linked)
      .when(recordConflict({ code: 'PANEL_EMAIL_TAKEN', at: AT }))
      .thenNothing();
  });
  it('has its conflict ended by a claim, which every attempt keeps until it is linked or refused', () => {
    const claim = claimAccount(claimed.data);
    given(registered, intended, conflicted).when(claim).then(claimed);
    for (const past of [
      [],
      [registered],
      [registered, intended],
      [registered, intended, linked],
      [registered, intended, conflicted, claimed],
    ])
      given(...past)
        .when(claim)
        .thenRefused('PANEL_ACCOUNT_NOT_IN_CONFLICT');
    const past = [registered, intended, conflicted, claimed];
    expect(given(...past, intended).state).toMatchObject({ status: 'linking', claim: { panelUserId: 9 } });
    expect(given(...past, intended, failed).state).toMatchObject({ status: 'registered', claim: { panelUserId: 9 } });
    given(...past, intended, conflicted)
      .when(claim)
      .then(claimed);
    expect(nextPanelAccountStep(given(...past).state, AT)).toStrictEqual({ do: 'link' });
  });
  it('is tried again after a failure', () => {
    given(registered, intended)
      .when(recordLinkFailure({ code: 'Http502', retryAt: DEADLINE }))
      .then(failed);
    given(registered)
      .when(recordLinkFailure({ code: 'Http502', retryAt: DEADLINE }))
      .thenNothing();
  });
});

const emailChanged = (changeId = 'change-1', changedAt = AT): CustomerEvent => ({
  type: 'CustomerEmailChanged',
  data: { customerId: CUSTOMER, changeId, changedAt },
});
const renamed: CustomerEvent = { type: 'CustomerRenamed', data: { customerId: CUSTOMER, changeId: 'change-2', changedAt: AT } };
const updating = (changeId = 'change-1', attempt = 1): CustomerEvent => ({
  type: 'PanelAccountUpdateIntended',
  data: { customerId: CUSTOMER, changeId, attempt, callDeadlineAt: DEADLINE },
});
const updated: CustomerEvent = { type: 'PanelAccountUpdated', data: { customerId: CUSTOMER, changeId: 'change-1', updatedAt: AT } };
const notUpdated: CustomerEvent = {
  type: 'PanelAccountUpdateFailed',
  data: { customerId: CUSTOMER, changeId: 'change-1', attempt: 1, code: 'Http502', retryAt: DEADLINE },
};
const LINKED = [registered, intended, linked];
const change = { customerId: CUSTOMER, changeId: 'change-1', at: AT };
const claim = intendUpdate({ at: AT, callDeadlineAt: DEADLINE });
const record = (outcome: 'done' | { code: string; retryAt: string }) => recordUpdate({ changeId: 'change-1', outcome, at: AT });

describe('a customer whose details change', () => {
  it('has another address on record wherever the panel account stands; somebody who never signed up has none', () => {
    for (const past of [[registered], [registered, intended], LINKED, [registered, intended, conflicted]])
      given(...past)
        .when(changeEmail(change))
        .then(emailChanged());
    given().when(changeEmail(change)).thenNothing();
  });

  it('is renamed where a panel account may follow', () => {
    const again = { ...change, changeId: 'change-2' };
    for (const past of [[registered], [registered, intended], LINKED])
      given(...past)
        .when(rename(again))
        .then(renamed);
    for (const past of [[], [registered, intended, conflicted]])
      given(...past)
        .when(rename(again))
        .thenNothing();
  });

  it('has one update of the panel account under way at a time, and none without a change', () => {
    given(...LINKED, emailChanged())
      .when(claim)
      .then(updating());
    given(...LINKED, emailChanged(), updating())
      .when(claim)
      .thenRefused('PANEL_UPDATE_CLAIMED');
    given(...LINKED, emailChanged(), updating(), renamed)
      .when(claim)
      .thenRefused('PANEL_UPDATE_CLAIMED');
    given(...LINKED, emailChanged(), updating())
      .when(intendUpdate({ at: DEADLINE, callDeadlineAt: DEADLINE }))
      .then(updating('change-1', 2));
    for (const past of [LINKED, [registered, emailChanged()], [...LINKED, emailChanged(), updating(), updated]])
      given(...past)
        .when(claim)
        .thenRefused('PANEL_UPDATE_NOT_OPEN');
  });

  it('has what became of it on record once', () => {
    const past = [...LINKED, emailChanged(), updating()];
    given(...past)
      .when(record('done'))
      .then(updated);
    given(...past)
      .when(record({ code: 'Http502', retryAt: DEADLINE }))
      .then(notUpdated);
    for (const over of [updated, notUpdated])
      given(...past, over)
        .when(record('done'))
        .thenNothing();
    given(...LINKED, emailChanged())
      .when(record('done'))
      .thenNothing();
  });

  it('is brought in line again when another change came during the call', () => {
    const past = [...LINKED, emailChanged(), updating(), renamed];
    given(...past)
      .when(record('done'))
      .thenNothing();
    expect(nextPanelAccountStep(given(...past).state, AT)).toStrictEqual({ do: 'wait', until: DEADLINE });
    given(...past)
      .when(intendUpdate({ at: DEADLINE, callDeadlineAt: DEADLINE }))
      .then(updating('change-2', 1));
  });

  it('is compared with the account that was being made meanwhile, also after attempts that failed', () => {
    for (const past of [
      [registered, emailChanged(), intended, linked],
      [registered, intended, emailChanged(), linked],
      [registered, intended, emailChanged(), failed, intended, linked],
    ])
      expect(nextPanelAccountStep(given(...past).state, AT)).toStrictEqual({ do: 'follow' });
  });

  it('is out of a conflict with a new address, without the claim to the account of the old one', () => {
    const { state } = given(registered, intended, conflicted, emailChanged());
    expect(nextPanelAccountStep(state, AT)).toStrictEqual({ do: 'link' });
    const proven: CustomerEvent = { ...claimed, data: { ...claimed.data, how: 'proven', panelUserId: null, noteId: null } };
    const past = [registered, intended, conflicted];
    expect(given(...past, proven, emailChanged()).state).toMatchObject({ status: 'registered', claim: null });
    expect(given(...past, proven, renamed).state).toMatchObject({ status: 'registered', claim: { how: 'proven' } });
    expect(given(...past, claimed, emailChanged()).state).toMatchObject({ status: 'registered', claim: { panelUserId: 9 } });
  });

  it('is not in conflict over an address that was left during the call', () => {
    const conflict = recordConflict({ code: 'PANEL_EMAIL_TAKEN', at: AT });
    given(registered, intended, emailChanged())
      .when(conflict)
      .then({ type: 'PanelAccountLinkFailed', data: { customerId: CUSTOMER, attempt: 1, code: 'PANEL_EMAIL_TAKEN', retryAt: AT } });
    given(registered, intended, renamed).when(conflict).then(conflicted);
    given(registered, intended, emailChanged(), failed, intended).when(conflict).then(conflicted);
  });
});

describe('the next step to a panel account', () => {
  it.each([
    [[], AT, { do: 'nothing' }],
    [[registered], AT, { do: 'link' }],
    [[registered, intended], AT, { do: 'wait', until: DEADLINE }],
    [[registered, intended], DEADLINE, { do: 'link' }],
    [[registered, intended, failed], AT, { do: 'wait', until: DEADLINE }],
    [[registered, intended, linked], DEADLINE, { do: 'nothing' }],
    [[registered, intended, conflicted], DEADLINE, { do: 'nothing' }],
    [[...LINKED, emailChanged()], AT, { do: 'follow' }],
    [[...LINKED, emailChanged('change-1', DEADLINE)], AT, { do: 'wait', until: DEADLINE }],
    [[...LINKED, emailChanged(), updating()], AT, { do: 'wait', until: DEADLINE }],
    [[...LINKED, emailChanged(), updating()], DEADLINE, { do: 'follow' }],
    [[...LINKED, emailChanged(), updating(), notUpdated], AT, { do: 'wait', until: DEADLINE }],
    [[...LINKED, emailChanged(), updating(), updated], DEADLINE, { do: 'nothing' }],
  ] as const)('follows from %#', (events, now, step) => {
    expect(nextPanelAccountStep(given(...events).state, now)).toStrictEqual(step);
  });
});
