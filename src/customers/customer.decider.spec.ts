import { describe, expect, it } from '@jest/globals';
import { specification } from '../../test/support/specification.js';
import { AT, CUSTOMER } from '../../test/support/samples.js';
import {
  claimAccount,
  customerDecider,
  intendLink,
  recordConflict,
  recordLink,
  recordLinkFailure,
  registerCustomer,
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

describe('the next step to a panel account', () => {
  it.each([
    [[], AT, { do: 'nothing' }],
    [[registered], AT, { do: 'link' }],
    [[registered, intended], AT, { do: 'wait', until: DEADLINE }],
    [[registered, intended], DEADLINE, { do: 'link' }],
    [[registered, intended, failed], AT, { do: 'wait', until: DEADLINE }],
    [[registered, intended, linked], DEADLINE, { do: 'nothing' }],
    [[registered, intended, conflicted], DEADLINE, { do: 'nothing' }],
  ] as const)('follows from %#', (events, now, step) => {
    expect(nextPanelAccountStep(given(...events).state, now)).toStrictEqual(step);
  });
});
