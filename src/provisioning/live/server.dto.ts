/** A server as it is now and what may be asked of it, as the API describes it. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import type { PowerSignal, PowerState } from '../../pterodactyl/panel.types.js';
import type { ServerAction } from '../server-action.events.js';
import type { ConsoleLine } from './console-lines.js';

const SIGNALS: readonly PowerSignal[] = ['start', 'stop', 'restart', 'kill'];
const COMMAND_MAX = 500;
const REASON_MAX = 2000;

export class PowerRequest {
  @ApiProperty({ enum: SIGNALS }) @IsIn(SIGNALS) readonly signal!: PowerSignal;
}

export class CommandRequest {
  @ApiProperty({ description: 'One line for the game; it is sent and kept nowhere.', example: 'list' })
  @IsString()
  @MinLength(1)
  @MaxLength(COMMAND_MAX)
  @Matches(/^[^\r\n]+$/)
  readonly command!: string;
}

export class ReasonGiven {
  @ApiProperty({ description: 'Kept sealed, apart from the events.' })
  @IsString()
  @MinLength(1)
  @MaxLength(REASON_MAX)
  readonly reason!: string;
}

export class OperatorPowerRequest extends PowerRequest {
  @ApiProperty({ description: 'Kept sealed, apart from the events.' })
  @IsString()
  @MinLength(1)
  @MaxLength(REASON_MAX)
  readonly reason!: string;
}

export class OperatorCommandRequest extends CommandRequest {
  @ApiProperty({ description: 'Kept sealed, apart from the events.' })
  @IsString()
  @MinLength(1)
  @MaxLength(REASON_MAX)
  readonly reason!: string;
}

export class LiveView {
  @ApiProperty({ enum: ['offline', 'starting', 'running', 'stopping'] }) readonly state!: PowerState;
  @ApiProperty() readonly memoryBytes!: number;
  @ApiProperty() readonly memoryLimitBytes!: number;
  @ApiProperty({ description: 'Percent of one core.' }) readonly cpuPercent!: number;
  @ApiProperty({ description: 'Percent of one core.' }) readonly cpuLimitPercent!: number;
  @ApiProperty() readonly diskBytes!: number;
  @ApiProperty() readonly diskLimitBytes!: number;
  @ApiProperty({ description: 'Since the process began, in milliseconds.' }) readonly uptimeMs!: number;
  @ApiProperty({ format: 'date-time', description: 'When the panel said so; the panel itself asks its node every 20 s.' })
  readonly observedAt!: string;
  @ApiProperty({ description: 'The panel does not answer now: this is what it said last.' }) readonly stale!: boolean;
}

class LastAction {
  @ApiProperty() readonly actionId!: string;
  @ApiProperty({ enum: [...SIGNALS, 'command'] }) readonly action!: ServerAction;
  @ApiProperty({ format: 'date-time' }) readonly startedAt!: string;
  @ApiProperty({ enum: ['underWay', 'done', 'refused', 'unknown'], description: 'unknown: perhaps done, and never done again by itself.' })
  readonly outcome!: 'underWay' | 'done' | 'refused' | 'unknown';
  @ApiProperty({ type: String, nullable: true }) readonly code!: string | null;
}

export class ServerNow {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty() readonly serverId!: number;
  @ApiProperty({ description: "The panel's short id." }) readonly identifier!: string;
  @ApiProperty({ description: 'How far the server is, as in the list of servers.' }) readonly status!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Where players join, `host:port`; null while the panel has not said.' })
  readonly address!: string | null;
  @ApiProperty({ description: 'Its page on the panel, which has a login of its own.' }) readonly panelUrl!: string;
  @ApiProperty({ type: LiveView, nullable: true, description: 'Null while the server is installed, suspended or deleted.' })
  readonly live!: LiveView | null;
  @ApiPropertyOptional({ type: LastAction, nullable: true }) readonly lastAction!: LastAction | null;
}

export class ActionDone {
  @ApiProperty() readonly orderId!: string;
  @ApiProperty() readonly actionId!: string;
  @ApiProperty({ enum: ['done'], description: 'Taken by the node; what comes of it shows in the state.' }) readonly outcome!: string;
}

export class ConsoleLineView implements ConsoleLine {
  @ApiProperty({ description: 'As in the stream: send it there as Last-Event-ID.' }) readonly id!: string;
  @ApiProperty() readonly text!: string;
}

export class ConsoleView {
  @ApiProperty({ type: [ConsoleLineView], description: 'At most 200, oldest first.' }) readonly lines!: readonly ConsoleLineView[];
}
