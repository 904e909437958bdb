/** What the operator API tells of the actions on an order. */
import { ApiProperty } from '@nestjs/swagger';
import type { Choice } from './replay/action-choices.js';
import { ACTIONS, type ActionName } from './replay/action-words.js';
import type { OrderAction } from './replay/actions.js';
import { ChangeView, NextView } from './replay.dto.js';

class ActionRefusal {
  @ApiProperty({
    example: 'PROVISIONING_NOT_WAITING_FOR_HELP',
    description: 'As the action itself would answer; NOTHING_TO_DO: it is so already.',
  })
  readonly code!: string;
  @ApiProperty({ description: 'One sentence.' }) readonly why!: string;
}

class ActionChoice implements Choice {
  @ApiProperty({ description: "A payment's id, a node's number, `otherPorts`, or a kind of difference." }) readonly value!: string;
  @ApiProperty() readonly words!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Why this one cannot be chosen; null when it can.' })
  readonly refusal!: string | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Of a payment: what of it can still go back, in minor units.' })
  readonly amountMinor!: number | null;
  @ApiProperty({ type: String, nullable: true }) readonly currency!: string | null;
  @ApiProperty({ description: 'Of a payment: giving all of that back ends the service.' }) readonly endsService!: boolean;
}

class ActionPreview {
  @ApiProperty({ type: [String], description: 'Types of the events that are recorded at once.', example: ['ProvisioningRetryRequested'] })
  readonly records!: readonly string[];
  @ApiProperty({ type: [ChangeView], description: 'What they change in the states: /order/…, /payment/…, /provisioning/….' })
  readonly changes!: readonly ChangeView[];
  @ApiProperty({ type: NextView, description: 'Whose turn it is then.' }) readonly next!: NextView;
}

export class OrderActionView implements OrderAction {
  @ApiProperty({ enum: ACTIONS, description: 'The last part of the address to POST it to.' }) readonly action!: ActionName;
  @ApiProperty({ type: ActionRefusal, nullable: true, description: 'Why it cannot be done now; null when it can.' })
  readonly refusal!: ActionRefusal | null;
  @ApiProperty({ description: 'What the server has saved is lost by it: send `acceptDataLoss`.' }) readonly losesData!: boolean;
  @ApiProperty({ type: [String], description: 'What happens, in that order, one sentence each.' }) readonly effects!: readonly string[];
  @ApiProperty({ type: [ActionChoice] }) readonly choices!: readonly ActionChoice[];
  @ApiProperty({ type: ActionPreview, nullable: true, description: 'With the first choice that can be chosen.' })
  readonly preview!: ActionPreview | null;
}
